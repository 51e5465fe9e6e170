import { place, releaseHomesOf } from '../config.js';
import type { Context } from '../context.js';
import { beforeChange, NoxError } from '../errors.js';
import { makeDirectories } from '../fs/change.js';
import { profileLink } from '../layout.js';
import { ensureHome } from '../profile/io/home.js';
import { nextNumber } from '../profile/io/publish.js';
import { nameOf, readProfile } from '../profile/io/read-profile.js';
import { parseProfileName } from '../profile/name.js';
import { changeProfile } from './change-profile.js';
import { openProfile, type ProfileSelection } from './find-profile.js';
import { compositionOf } from './new-profile.js';
import { planGeneration } from './plan-generation.js';
import { finishLeft } from './refresh-records.js';

interface PublishRequest {
  readonly selection: ProfileSelection;
  /** Name of the release; that of the profile when absent. */
  readonly as?: string | undefined;
  /** Where releases go; the first known place when absent. */
  readonly releases?: string | undefined;
  readonly dryRun: boolean;
  readonly wait: number;
}

interface PublishResult {
  readonly name: string;
  readonly path: string;
  readonly generation: number;
  readonly packages: readonly { readonly id: string; readonly store: string }[];
  readonly dryRun: boolean;
}

/**
 * Publishes the current generation of a profile as a release: a read-only copy of its farm, files of the user's
 * included, in a directory of releases. @throws `profile-exists` when the name is taken; releases never change.
 */
export async function publishRelease(context: Context, request: PublishRequest): Promise<PublishResult> {
  const origin = openProfile(context, request.selection);
  const name = parseProfileName(request.as ?? nameOf(origin.ref));
  const home = request.releases === undefined ? releaseHomesOf(context)[0] : place(context, request.releases);
  if (home === undefined) throw new NoxError('no-release-home', { name });
  const ref = { home, name };
  const path = profileLink(home, name);
  if (readProfile(ref) !== null) {
    if (!request.dryRun) await finishLeft(context, ref);
    throw new NoxError('profile-exists', { name, path });
  }
  if (!request.dryRun) {
    await beforeChange(() => {
      makeDirectories(home);
      ensureHome(home, context.now());
    });
  }
  let generation = 1;
  await changeProfile(context, ref, {
    action: 'publish', dryRun: request.dryRun, create: true, wait: request.wait,
    decide(state) {
      if (state !== null) throw new NoxError('profile-exists', { name, path });
      const composition = compositionOf(origin.manifest);
      const resolveCommand = (): string => 'move the files away before publishing';
      return { kind: 'build', plan: () => planGeneration(context, { ref, kind: 'release', action: 'publish', number: (generation = Math.max(1, nextNumber(home, ref.name, null))), composition, from: origin, resolveCommand }) };
    },
  });
  const packages = origin.manifest.packages.map(({ id, store }) => ({ id, store }));
  return { name, path, generation, packages, dryRun: request.dryRun };
}
