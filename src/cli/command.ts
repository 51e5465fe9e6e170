import { Command, Errors, Flags } from '@oclif/core';
import { callerEnvironment, type Context, homeOf, workingDirectory } from '../context.js';
import { isAnyNoxError, isNoxError, NoxError } from '../errors.js';
import { display } from '../fs/bytes.js';
import { ENDING } from '../interrupt.js';
import { print, tell } from './print.js';
import { placeHint } from './place-hint.js';
import { terminalProgress } from './progress.js';
import { noSuchFlag, usageProblem } from './usage-problem.js';

/** The document that `--json` prints, without its version. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a command answers: the document for `--json`, and the lines for people. */
export interface Answer {
  readonly json: JsonObject;
  /** Lines for standard output. */
  readonly text: readonly string[];
  /** Exit status when it is not 0 (7: a store was in doubt). */
  readonly exitCode?: number;
}

/**
 * The base of every command: `--json`, the documented error object, exit codes. A command parses, calls one operation,
 * renders, and returns an {@link Answer}; it never prints.
 */
export abstract class NoxCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    profiles: Flags.string({ description: 'profile home (else NOX_PROFILES, configuration, ~/nix/profiles)', helpGroup: 'GLOBAL', helpValue: 'DIR' }),
    store: Flags.string({ description: 'store directory; repeat for several, the first wins (else NOX_STORE_PATH, configuration, ~/nix/store)', multiple: true, multipleNonGreedy: true, helpGroup: 'GLOBAL', helpValue: 'DIR' }),
  };

  abstract answer(context: Context): Promise<Answer>;

  override init(): Promise<void> {
    // oclif takes an argument that is not given from standard input, which belongs to whatever `run` starts, or to a loop of the caller's.
    for (const arg of Object.values(this.ctor.args)) arg.ignoreStdin = true;
    return Promise.resolve();
  }

  override async run(): Promise<void> {
    const context = this.context();
    try {
      refuseValues(this.argv, { ...this.ctor.flags, ...this.ctor.baseFlags });
      const answer = await this.answer(context);
      context.progress.end();
      if (this.jsonEnabled()) printJson(this.config.bin, { version: 1, ...answer.json });
      else if (answer.text.length > 0) print(this.config.bin, `${answer.text.join('\n')}\n`);
      if (answer.exitCode !== undefined) process.exitCode = answer.exitCode;
    } finally {
      context.progress.end();
    }
  }

  /** A hint in an answer, see {@link placeHint}. */
  protected hint(text: string): string {
    return placeHint(text, this.argv);
  }

  /** What was found, its hints as {@link hint} has them. */
  protected placed<T extends { readonly hint: string }>(findings: readonly T[]): T[] {
    return findings.map((finding) => ({ ...finding, hint: this.hint(finding.hint) }));
  }

  private context(): Context {
    const environment = callerEnvironment();
    return {
      bin: this.config.bin,
      environment,
      home: homeOf(environment),
      get cwd() {
        return workingDirectory();
      },
      now: () => new Date(),
      say: (line) => tell(this.config.bin, `${this.config.bin}: ${line}\n`),
      progress: terminalProgress(this.config.bin),
    };
  }

  override catch(error: unknown): Promise<void> {
    report(error, { bin: this.config.bin, command: this.id ?? null, json: this.jsonEnabled(), words: this.argv });
    return Promise.resolve();
  }
}

/** oclif would take the value of `--dry-run=no` for an argument, and `--toString` for a flag. */
function refuseValues(words: readonly string[], flags: Readonly<Record<string, { readonly type: string }>>): void {
  const end = words.indexOf('--');
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const bare = /^--([^=]+)/s.exec(word)?.[1] ?? '';
    if (bare in {} && !Object.hasOwn(flags, bare)) throw new NoxError('usage', { problem: noSuchFlag([`--${bare}`]), command: null });
    const name = /^--(?:no-)?([^=]+)=/s.exec(word)?.[1] ?? '';
    if (name !== 'json' && (!Object.hasOwn(flags, name) || flags[name]?.type !== 'boolean')) continue;
    throw new NoxError('usage', { problem: `${word.slice(0, word.indexOf('='))} takes no value`, command: null });
  }
}

/** What JSON leaves as it is and may steer a terminal or turn its text around. */
const STEERING = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function printJson(bin: string, document: JsonObject): void {
  const text = JSON.stringify(document, null, 2);
  print(bin, `${text.replaceAll(STEERING, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`);
}

/** Where an error is reported from. */
interface Origin {
  readonly bin: string;
  readonly command: string | null;
  readonly json: boolean;
  /** The words of the command line; a hint repeats the flags among them that chose places. */
  readonly words?: readonly string[];
  /** The exit status of this command for an error, where it is not the error's own. */
  readonly exitCode?: (error: NoxError) => number;
}

/** Prints an error as documented, on standard output with `--json` and else on standard error, and sets the exit status. */
export function report(thrown: unknown, origin: Origin): void {
  const error = asNoxError(thrown, origin);
  const signal = isNoxError(error, 'interrupted') ? error.data.signal : null;
  const exitCode = signal === null ? (origin.exitCode?.(error) ?? error.exitCode) : 128 + ENDING[signal];
  process.exitCode = exitCode;
  const { code, message, data } = error;
  const hint = error.hint === null ? null : placeHint(error.hint, origin.words ?? []);
  if (origin.json) {
    printJson(origin.bin, { version: 1, error: { code, message, hint, data }, exitCode });
  } else {
    tell(origin.bin, `${origin.bin}: ${message}\n${hint === null ? '' : `hint: ${hint}\n`}`);
  }
  // Ending by the signal itself tells a shell to end its loop, too.
  if (signal !== null) process.once('exit', () => process.kill(process.pid, signal));
  if (process.env['NOX_DEBUG']) tell(origin.bin, `${display(String((thrown as Error).stack)).replaceAll('\\x0a', '\n')}\n`);
}

function asNoxError(error: unknown, origin: Origin): NoxError {
  const command = origin.command === null ? origin.bin : `${origin.bin} ${origin.command}`;
  if (isNoxError(error, 'usage') && error.data.command === null) return new NoxError('usage', { ...error.data, command }, error);
  if (isAnyNoxError(error)) return error;
  if (error instanceof Errors.CLIError) {
    const problem = usageProblem(error);
    return new NoxError('usage', { problem, command }, error);
  }
  return new NoxError('unexpected', { message: error instanceof Error ? error.message : String(error) }, error);
}
