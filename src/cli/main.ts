import { type Command, Config, Help } from '@oclif/core';
import { NoxError } from '../errors.js';
import { nearest } from '../nearest.js';
import { type NoxCommand, report } from './command.js';
import { describeCommand } from './describe.js';
import { meaningOf } from './other-words.js';
import { isAllWritten, print, watchStreams } from './print.js';
import { noSuchFlag } from './usage-problem.js';

/** A command tree: each verb with the module that holds its class, loaded only when it is called. */
interface CommandTree {
  readonly bin: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: Readonly<Record<string, { readonly summary: string; load(): Promise<{ default: CommandClass }> }>>;
}

type CommandClass = Omit<typeof Command, never> & (new (argv: string[], config: Config) => NoxCommand);

/** Runs one command line. Sets the exit status; never throws. Returns whether the process may end at once: all that was printed is written. */
export async function main(tree: CommandTree, argv: readonly string[]): Promise<boolean> {
  await runCommandLine(tree, argv);
  return isAllWritten();
}

async function runCommandLine(tree: CommandTree, argv: readonly string[]): Promise<void> {
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const json = own.includes('--json');
  const [verb, ...rest] = verbFirst(argv);
  try {
    if (own.length === 0) return printRootHelp(tree);
    if (verb === undefined) throw new NoxError('usage', { problem: 'no command is given', command: tree.bin });
    const topic = rest.find((word) => !word.startsWith('-'));
    if (verb === '--help' || verb === '-h' || (verb === 'help' && topic === undefined)) return printRootHelp(tree);
    if (verb === '--version') return print(tree.bin, `${tree.bin} ${tree.version}\n`);
    if (verb === '--describe') return await describe(tree);
    const name = verb === 'help' && topic !== undefined ? topic : verb;
    const entry = Object.hasOwn(tree.commands, name) ? tree.commands[name] : undefined;
    if (entry === undefined) throw await unknown(tree, name, rest);
    const CommandOfVerb = (await entry.load()).default;
    CommandOfVerb.id = name;
    if (verb === 'help' || own.includes('--help') || own.includes('-h')) return await printHelp(tree, CommandOfVerb);
    const command = new CommandOfVerb(rest, settingsOf(tree) as Config);
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

async function unknown(tree: CommandTree, name: string, rest: readonly string[]): Promise<NoxError> {
  const later = rest.find((word) => Object.hasOwn(tree.commands, word));
  const flags = name.startsWith('-') && later !== undefined ? (await tree.commands[later]?.load())?.default.flags : undefined;
  if (flags !== undefined && Object.hasOwn(flags, name.replace(/^--|=.*$/gs, ''))) return new NoxError('usage', { problem: `before the command stand ${WITH_VALUE.join(', ')} and --json only; "${name}" goes after it`, command: `${tree.bin} ${later}` });
  if (name.startsWith('-')) return new NoxError('usage', { problem: noSuchFlag([name]), command: tree.bin });
  return new NoxError('unknown-command', { command: name, bin: tree.bin, nearest: meaningOf(tree.bin, name) ?? nearest(name, Object.keys(tree.commands)) });
}

/** What a command of oclif's asks its configuration for: no plugins, no manifest, no themes, nothing that would have to be read. */
function settingsOf(tree: CommandTree): object {
  return {
    bin: tree.bin,
    name: tree.bin,
    version: tree.version,
    pjson: { name: tree.bin, version: tree.version, oclif: { bin: tree.bin, topicSeparator: ' ' } },
    topicSeparator: ' ',
    userAgent: tree.bin,
    root: '/',
    runHook: () => Promise.resolve({ failures: [], successes: [] }),
    scopedEnvVar: () => undefined,
    scopedEnvVarKey: () => '',
    scopedEnvVarKeys: () => [],
  };
}

/** The whole tree as one JSON document, for what makes manual pages and completions. */
async function describe(tree: CommandTree): Promise<void> {
  const entries = Object.entries(tree.commands);
  const commands = await Promise.all(entries.map(async ([name, entry]) => describeCommand(tree.bin, name, (await entry.load()).default)));
  print(tree.bin, `${JSON.stringify({ version: 1, summary: tree.summary, commands })}\n`);
}

async function printHelp(tree: CommandTree, CommandOfVerb: CommandClass): Promise<void> {
  watchStreams(tree.bin, [process.stdout, process.stderr]);
  const config = Object.assign(new Config({ root: '/' }), settingsOf(tree));
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
  print(tree.bin, `${tree.summary}\n\nUSAGE\n  $ ${tree.bin} COMMAND\n\nCOMMANDS\n${lines.join('\n')}\n\n${tree.bin} COMMAND --help tells more of each.\n`);
}
