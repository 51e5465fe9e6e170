import { type Context, derived, type Environment } from '../context.js';
import { changed } from '../env/transition.js';
import { NoxError } from '../errors.js';
import { statusFollowed } from '../fs/disk.js';
import { processAt } from '../fs/owner.js';
import type { Inherited } from '../inherited.js';
import { dropLease, type OwnLease, renewLease, takeLease } from '../profile/io/lease.js';
import { activation, type EnvResult, profileEnv } from './env.js';
import type { ProfileSelection } from './find-profile.js';
import { type ChildEnd, findCommand, runChild } from './run-child.js';
import { userName } from '../user-name.js';

interface RunRequest {
  readonly selection: ProfileSelection;
  /** Start from nearly nothing instead of the caller's environment. */
  readonly pure: boolean;
  /** The command and its arguments, in nox's own form of bytes. */
  readonly command: readonly [string, ...string[]];
  /** What the command is to have of what the caller gave nox. */
  readonly inherited: Inherited;
}

/**
 * Runs a command in the environment of one generation, holding a lease on it, and returns how it ended.
 * @throws `command-not-found`, `command-not-executable`, and what reading the profile throws.
 */
export async function runCommand(context: Context, request: RunRequest): Promise<ChildEnd> {
  // Which profile and generation it is, the caller's environment says: only the command's own is pure.
  const result = profileEnv(context, { selection: request.selection, pin: 'pin', omit: [] });
  const base = request.pure ? pureEnvironment(context.environment) : context.environment;
  const environment = changed(base, activation(derived(context, { environment: base }), result, { stack: false }));
  const leases = leasesOn(context, result);
  let renewal: NodeJS.Timeout | undefined;
  try {
    if (result.pinned && statusFollowed(result.root) === null) {
      throw new NoxError('run-failed', { problem: `generation ${result.generation} of "${result.profile}" was removed just now`, hint: 'run it again' });
    }
    const [name, ...words] = request.command;
    const path = findCommand(context, name, { environment, profile: result.profile });
    return await runChild({ path, name, words, environment, inherited: request.inherited, started: keepUp });
  } finally {
    clearInterval(renewal);
    leases.forEach((lease) => quietly(() => dropLease(lease)));
  }

  /** From now on the command holds the leases, too, and they are renewed for as long as it runs. */
  function keepUp(pid: number): void {
    const running = processAt(pid) ?? undefined;
    const renew = (): void => leases.forEach((lease) => quietly(() => renewLease(lease, running, context.now())));
    renew();
    renewal = setInterval(renew, RENEWAL);
  }
}

/** Milliseconds after which leases are renewed; a thirtieth of the time that they hold. */
const RENEWAL = 24 * 3600 * 1000;

/** What `--pure` lets through, besides LC_* and the variables of batch systems. */
const PURE = ['HOME', 'USER', 'LOGNAME', 'TERM', 'SHELL', 'LANG', 'TZ', 'TMPDIR', 'DISPLAY', 'XAUTHORITY', 'JOB_ID'];
const PURE_FAMILIES = /^(?:LC_|SLURM_|PBS_|_CONDOR_|LSB_|FLUX_|SGE_)/;
const PURE_PATH = '/usr/local/bin:/usr/bin:/bin';

function pureEnvironment(environment: Environment): Environment {
  const kept = Object.entries(environment).filter(([name]) => PURE.includes(name) || PURE_FAMILIES.test(name));
  return { ...Object.fromEntries(kept), PATH: PURE_PATH };
}

function leasesOn(context: Context, result: EnvResult): OwnLease[] {
  const { profile, path, generation, root, job, pinned, isRelease, leaseHomes } = result;
  if (!pinned || generation === null) return [];
  return leaseHomes.flatMap((home, at) => {
    try {
      return [takeLease(home, { profile: path, generation, tree: root, user: userName(), job }, context.now())];
    } catch (error) {
      if (!(error instanceof NoxError)) throw error;
      if (!isRelease) context.say(`${error.message}; "${profile}" is used without a lease${at === 0 ? '' : ` that the owner of "${home}" sees`}`);
      return [];
    }
  });
}

/** The command's own status matters more than a lease: one left behind ends with both processes. */
function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof NoxError)) throw error;
  }
}
