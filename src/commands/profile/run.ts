import { constants } from 'node:os';
import { Flags } from '@oclif/core';
import { type Answer, NoxCommand, report } from '../../cli/command.js';
import { optionalName, profileFlag } from '../../cli/flags.js';
import type { Context } from '../../context.js';
import { NoxError } from '../../errors.js';
import { inherited } from '../../inherited.js';
import { runCommand } from '../../ops/run.js';

/** Signals whose default action writes a memory image, which would be one of nox. */
const DUMPING: readonly string[] = ['SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS', 'SIGXCPU', 'SIGXFSZ'];

export default class Run extends NoxCommand {
  static override summary = 'run a command in the environment of a profile';
  static override description = `The command sees one generation of the profile from start to end, which no prune takes away meanwhile.
Its exit status and signals pass through. nox's own failures are 125, a command that cannot be executed 126, one that is not found 127.`;
  static override usage = 'run [NAME] [--pure] -- COMMAND [ARGUMENT...]';
  static override examples = ['<%= config.bin %> run dev -- python3 fit.py', '<%= config.bin %> run --pure -- env'];
  // The command's own output is the answer; --json is for the errors of nox.
  static override enableJsonFlag = false;
  static override args = optionalName;
  static override flags = {
    ...profileFlag,
    pure: Flags.boolean({ description: 'start from an empty environment but for HOME, USER, LOGNAME, TERM, SHELL, LANG, LC_*, TZ, TMPDIR, DISPLAY, XAUTHORITY and job variables' }),
    json: Flags.boolean({ description: 'errors of nox as one JSON document', helpGroup: 'GLOBAL' }),
  };

  async answer(context: Context): Promise<Answer> {
    const at = this.argv.indexOf('--');
    const [name, ...words] = at < 0 ? [] : this.argv.slice(at + 1);
    const { args, flags } = await this.parse(Run, at < 0 ? this.argv : this.argv.slice(0, at));
    if (name === undefined) throw new NoxError('no-command', { command: `${this.config.bin} run` });
    const end = await runCommand(context, { selection: { ...args, ...flags }, pure: flags.pure, command: [name, ...words], inherited: inherited() });
    if ('status' in end) return { json: {}, text: [], exitCode: end.status };
    if (!DUMPING.includes(end.signal)) process.kill(process.pid, end.signal);
    return { json: {}, text: [], exitCode: 128 + constants.signals[end.signal] };
  }

  override catch(error: unknown): Promise<void> {
    const own = this.argv.includes('--') ? this.argv.slice(0, this.argv.indexOf('--')) : this.argv;
    report(error, { bin: this.config.bin, command: 'run', json: own.includes('--json'), words: own, exitCode: ({ exitCode }) => (exitCode === 126 || exitCode === 127 ? exitCode : 125) });
    return Promise.resolve();
  }
}
