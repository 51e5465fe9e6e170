import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { print } from '../../cli/print.js';
import { optionalName, profileFlag } from '../../cli/flags.js';
import { parseDuration, parseVariable } from '../../cli/parse.js';
import { envDocument, explanationLines } from '../../cli/render/env.js';
import type { Context } from '../../context.js';
import { parentShell } from '../../env/io/parent-shell.js';
import { encode, FAILURE, familyOf, SHELL_NAMES } from '../../env/shell.js';
import { HANDED } from '../../inherited.js';
import { activation, activeProfile, deactivation, endLeases, leaseGeneration, profileEnv } from '../../ops/env.js';

/** Seconds of a hundred years: a lease ends at a time that a date can hold. */
const LONGEST_LEASE = 36_500 * 86_400;

/** Where the launcher tells the number of its own parent, when it waits for an answer. */
const PARENT = `${HANDED}PARENT`;

export default class Env extends NoxCommand {
  static override summary = 'what makes a profile active, for eval';
  static override usage = ['env [NAME] [-p NAME] [--shell SHELL] [--pin | --no-pin | --lease[=TIME]] [--no-lease] [--stack] [--omit VAR]… [--no-library-path] [--explain]', 'env --deactivate [--no-lease] [--shell SHELL]'];
  static override description = `The output is for the shell to evaluate, unquoted: what changes in the calling environment, and nothing when nothing does.
Activating a profile replaces whatever is active; with --stack it goes on top. --deactivate undoes the uppermost.
In a batch job, entries point at one generation, the same for all of the job.
--lease pins it, too, and keeps it from being pruned and its packages from being collected: while the job is known to Slurm, and else for the time given. --no-lease ends it: of this job, or outside of jobs on this machine.`;
  static override examples = ['eval $(<%= config.bin %> env dev)', 'eval `<%= config.bin %> env dev --shell csh`', '<%= config.bin %> env dev --shell fish | source', 'eval $(<%= config.bin %> env --deactivate)'];
  static override args = optionalName;
  static override flags = {
    ...profileFlag,
    shell: Flags.string({ description: 'whose words to print (else those of the calling shell)', options: SHELL_NAMES }),
    pin: Flags.boolean({ description: 'point at the present generation, until --no-pin; in a batch job, for the whole job from now on', exclusive: ['no-pin'] }),
    'no-pin': Flags.boolean({ description: "point at the profile's own path, in a batch job too" }),
    lease: Flags.string({ description: 'keep the generation for the job, or for TIME (30d when not given; only after "=")', exclusive: ['no-pin'], helpValue: '[TIME]' }),
    'no-lease': Flags.boolean({ description: 'end what --lease left on the profile for this job, or outside of jobs on this machine', exclusive: ['lease'] }),
    stack: Flags.boolean({ description: 'keep what is active, and lay the profile over it' }),
    omit: Flags.string({ description: 'leave this variable alone; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'VAR' }),
    'no-library-path': Flags.boolean({ description: 'the same as --omit LD_LIBRARY_PATH' }),
    deactivate: Flags.boolean({ description: 'undo the uppermost active profile', exclusive: ['pin', 'no-pin', 'lease', 'stack', 'omit', 'no-library-path', 'explain'] }),
    explain: Flags.boolean({ description: 'say where each element comes from, instead' }),
  };

  async answer(context: Context): Promise<Answer> {
    // The time is optional, and only given with "=".
    const { args, flags } = await this.parse(Env, this.argv.map((word) => (word === '--lease' ? '--lease=30d' : word)));
    const family = familyOf(flags.shell ?? '') ?? parentShell(Number(process.env[PARENT] ?? process.ppid));
    const selection = { ...args, ...flags };
    const lines = (line: string): string[] => (line === '' ? [] : [line]);
    if (flags.deactivate) {
      const changes = deactivation(context, selection);
      const active = activeProfile(context);
      if (flags['no-lease'] && active !== null) endLeases(context, selection, active);
      return { json: { changes }, text: this.jsonEnabled() ? [] : lines(encode(changes, family)) };
    }
    const pin = flags.pin ? 'repin' : flags.lease !== undefined ? 'pin' : flags['no-pin'] ? 'no-pin' : 'auto';
    const omit = [...(flags.omit ?? []).map((variable) => parseVariable(variable, '--omit')), ...(flags['no-library-path'] ? ['LD_LIBRARY_PATH'] : [])];
    const result = profileEnv(context, { selection, pin, omit });
    if (flags['no-lease']) endLeases(context, selection, result.path);
    const lease = flags.lease === undefined ? null : leaseGeneration(context, result, parseDuration(flags.lease, '--lease', LONGEST_LEASE));
    if (flags.explain) return { json: { ...envDocument(result, lease), ...result.explanation }, text: explanationLines(result) };
    const changes = activation(context, result, { stack: flags.stack });
    return { json: envDocument(result, lease), text: this.jsonEnabled() ? [] : lines(encode(changes, family)) };
  }

  override async catch(error: unknown): Promise<void> {
    // The launcher says it when it waits for an answer, since it must when there is no Node to say it.
    if (!this.jsonEnabled() && process.env[PARENT] === undefined) print(this.config.bin, `${FAILURE}\n`);
    await super.catch(error);
  }
}
