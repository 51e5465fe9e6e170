import { type Command, Config, Help } from '@oclif/core';
import { errnoOf, errnoWords, hasErrno } from '../fs/errno.js';
import { writeTo } from '../fs/disk.js';
import { NoxError } from '../errors.js';
import { nearest } from '../nearest.js';
import { type NoxCommand, report } from './command.js';
import { noSuchFlag } from './usage-problem.js';

/** A command tree: each verb with the module that holds its class, loaded only when it is called. */
export interface CommandTree {
  readonly bin: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: Readonly<Record<string, { readonly summary: string; load(): Promise<{ default: CommandClass }> }>>;
}

type CommandClass = Omit<typeof Command, never> & (new (argv: string[], config: Config) => NoxCommand);

/** Runs one command line. Sets the exit status; never throws. */
export async function main(tree: CommandTree, argv: readonly string[]): Promise<void> {
  watchOutput(tree.bin);
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const json = own.includes('--json');
  const [verb, ...rest] = verbFirst(argv);
  try {
    if (own.length === 0) return printRootHelp(tree);
    if (verb === undefined) throw new NoxError('usage', { problem: 'no command is given', command: tree.bin });
    const topic = rest.find((word) => !word.startsWith('-'));
    if (verb === '--help' || verb === '-h' || (verb === 'help' && topic === undefined)) return printRootHelp(tree);
    if (verb === '--version') return void process.stdout.write(`${tree.bin} ${tree.version}\n`);
    const name = verb === 'help' && topic !== undefined ? topic : verb;
    const entry = Object.hasOwn(tree.commands, name) ? tree.commands[name] : undefined;
    if (entry === undefined) throw unknown(tree, name);
    const CommandOfVerb = (await entry.load()).default;
    CommandOfVerb.id = name;
    const config = configOf(tree);
    if (verb === 'help' || own.includes('--help') || own.includes('-h')) return await printHelp(CommandOfVerb, config);
    const command = new CommandOfVerb(rest, config);
    await (command as unknown as { _run(): Promise<void> })._run();
  } catch (error) {
    report(error, { bin: tree.bin, command: null, json });
  }
}

/** Flags that may stand before the verb, as in `nox-profile -p dev add root`; those in the list take a value. */
const WITH_VALUE = ['-p', '--profile', '--profiles', '--store'];

/** The words with the flags that stand before the verb put behind it. */
function verbFirst(argv: readonly string[]): string[] {
  let at = 0;
  for (let word = argv[at]; word !== undefined; word = argv[at]) {
    if (WITH_VALUE.includes(word)) at += 2;
    else if (word === '--json' || /^(?:-p.|--(?:profile|profiles|store)=)/s.test(word)) at += 1;
    else break;
  }
  const verb = argv[at];
  return verb === undefined ? [] : [verb, ...argv.slice(0, at), ...argv.slice(at + 1)];
}

/** `nox… | head -1` ends quietly; an answer that cannot be written is an error in one line. */
function watchOutput(bin: string): void {
  const end = (error: unknown): never => {
    if (!hasErrno(error, 'EPIPE')) writeTo(2, `${bin}: cannot write the answer: ${errnoWords(errnoOf(error) ?? 0)}; what the command did stands\n`);
    return process.exit(hasErrno(error, 'EPIPE') ? (process.exitCode ?? 0) : 1);
  };
  for (const stream of [process.stdout, process.stderr]) {
    // oclif's own listener throws.
    stream.removeAllListeners('error').on('error', end);
  }
}

function unknown(tree: CommandTree, name: string): NoxError {
  if (name.startsWith('-')) return new NoxError('usage', { problem: noSuchFlag([name]), command: tree.bin });
  return new NoxError('unknown-command', { command: name, bin: tree.bin, nearest: nearest(name, Object.keys(tree.commands)) });
}

/** oclif's configuration, made without reading anything: no plugins, no manifest, no themes. */
function configOf(tree: CommandTree): Config {
  const config = new Config({ root: '/' });
  const pjson = { name: tree.bin, version: tree.version, oclif: { bin: tree.bin, topicSeparator: ' ' } };
  return Object.assign(config, {
    bin: tree.bin,
    name: tree.bin,
    version: tree.version,
    pjson,
    topicSeparator: ' ' as const,
    userAgent: tree.bin,
    root: '/',
    runHook: () => Promise.resolve({ failures: [], successes: [] }),
    scopedEnvVar: () => undefined,
  });
}

async function printHelp(CommandOfVerb: CommandClass, config: Config): Promise<void> {
  const { summary, description, examples, usage, strict, args, flags, baseFlags, id } = CommandOfVerb;
  const json = { type: 'boolean', description: 'one JSON document on standard output, errors too', helpGroup: 'GLOBAL' };
  const loadable = { summary, description, examples, usage, strict, id, aliases: [], args: named(args), flags: named({ ...flags, ...baseFlags, json }) };
  await new Help(config, { stripAnsi: !process.stdout.isTTY }).showCommandHelp(loadable as unknown as Command.Loadable);
}

/** oclif's help wants each argument and flag to know its own name. */
function named(definitions: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(Object.entries(definitions).map(([name, definition]) => [name, { ...definition, name }]));
}

function printRootHelp(tree: CommandTree): void {
  const width = Math.max(...Object.keys(tree.commands).map((name) => name.length));
  const lines = Object.entries(tree.commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  process.stdout.write(`${tree.summary}\n\nUSAGE\n  $ ${tree.bin} COMMAND\n\nCOMMANDS\n${lines.join('\n')}\n\n${tree.bin} COMMAND --help tells more of each.\n`);
}
