import { isPlain } from '../encode/posix.js';
import { inOrder } from '../transition.js';
import { namesOf, recordOf, DEPTH } from '../state.js';
import { DEFAULTS, KEEPS_SYSTEM } from '../transition.js';
import { type Baked, bakedVariables, type Pieces, type ReadyInput } from './data.js';

/*
 * What `nox-profile env` prints in the ordinary case, worked out but for the values that the calling shell has: nothing active, nothing
 * pinned, every value plain. The launcher bin/nox-profile says in `_nox_set`, `_nox_is` and `_nox_too` how the calling shell sets a variable, sources this in
 * its own process and prints `_nox_changes`, or starts Node when `_nox_odd` is not empty or `_nox_given`, all that it takes from the caller, holds anything but
 * plain characters. There is no single quote in it: bash goes on with a damaged parser when a file that it sources ends within one.
 */

/** Variables that some /bin/sh gives itself, so that what the caller had cannot be told. */
const OF_SHELLS = /^(?:HOST|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|VENDOR|COLUMNS|LINES|TMOUT|TIMEFORMAT|REPLY|SRANDOM|EPOCH.*|COMP.*|COPROC|MAPFILE|READLINE.*|GLOBIGNORE|EXECIGNORE|FIGNORE|FUNCNEST|HISTCMD|INPUTRC|YASH.*|_.*|[a-z].*)$/;

/** Nothing of these may come from elsewhere than the environment itself. */
const STEERING = ['HOME', 'XDG_CONFIG_HOME', 'NOX_PROFILES'];

/**
 * The text of `.nox/env.sh`, or `null` when this profile's environment is no ordinary case: a value of its own needs more than
 * plain characters, or a shell would give one of its variables a value of its own.
 */
export function ordinaryCase(input: ReadyInput): string | null {
  const variables = bakedVariables(input);
  const resolve = (pieces: Pieces): string => pieces.map((piece) => piece ?? input.path).join('');
  const known = variables.map(({ name, set, before, after }): Known => ({ name, set: set && resolve(set), before: resolve(before), after: resolve(after) }));
  const values = known.flatMap(({ set, before, after }) => (set === null ? [before, after].filter((value) => value !== '') : [set]));
  const ordinary = [input.home, input.path, ...values].every((value) => isPlain(value) && !value.startsWith('%')) && known.every(({ name, set, before, after }) => !OF_SHELLS.test(name) && (set ?? before + after) !== '');
  return ordinary ? scriptOf(input, known) : null;
}

interface Known {
  readonly name: Baked['name'];
  readonly set: string | null;
  readonly before: string;
  readonly after: string;
}

/** A piece of the answer: a variable with its value, or what the script has worked out by then. */
type Part = { readonly name: string; readonly text: string };

/** What sets a variable, with a space after it: in the words of the Bourne shells where `_nox_too` is not empty. */
const statement = (name: string, value: string): string => `\${_nox_set}${name}\${_nox_is}${value};\${_nox_too:+ export ${name};} `;

function scriptOf({ home, name, generation, sequence, path }: ReadyInput, known: readonly Known[]): string {
  const fixed: Array<readonly [string, string]> = [
    ['NOX_PROFILE', path], [recordOf(1, 'SET', 'NOX_PROFILE'), path], [namesOf(1), ['NOX_PROFILE', ...known.map((variable) => variable.name)].join(':')], [DEPTH, '1'],
  ];
  const parts = [...fixed.map(([variable, value]): Part => ({ name: variable, text: statement(variable, value) })), ...known.flatMap(partsOf)];
  const records = known.flatMap((variable) => ['SET', 'OLD', 'PRE', 'POST', 'WAS'].map((kind) => recordOf(1, kind as 'SET', variable.name)));
  const odd = [recordOf(1, 'SET', 'NOX_PROFILE'), recordOf(1, 'OLD', 'NOX_PROFILE'), namesOf(1), ...records, ...[...STEERING, ...known.map((variable) => variable.name)].map((variable) => `NOX_CALLER_${variable}`)];
  return [
    `# nox: what env prints for this generation in the ordinary case; for the launcher alone.`,
    `_nox_home=${home} _nox_name=${name} _nox_number=${generation} _nox_sequence=${sequence}`,
    `_nox_odd=${odd.map((variable) => `\${${variable}+x}`).join('')}`,
    `_nox_given=${known.map((variable) => `:\${${variable.name}-}`).join('')}`,
    ...known.flatMap(linesOf),
    `_nox_changes="${parts.sort((a, b) => inOrder({ ...a, value: '' }, { ...b, value: '' })).map(({ text }) => text).join('')}"`,
    '',
  ].join('\n');
}

/** What the answer holds for one variable, in any order. */
function partsOf({ name, set, before, after }: Known): Part[] {
  const record = (kind: 'SET' | 'PRE' | 'POST', value: string): Part => ({ name: recordOf(1, kind, name), text: statement(recordOf(1, kind, name), value) });
  const own = { name, text: `\${_nox_new_${name}}` };
  if (set !== null) return [record('SET', set), { name: recordOf(1, 'OLD', name), text: `\${_nox_old_${name}}` }, own];
  const records = [...(before === '' ? [] : [record('PRE', before)]), ...(after === '' ? [] : [record('POST', after)])];
  return [...records, { name: recordOf(1, 'WAS', name), text: `\${_nox_was_${name}}` }, own];
}

/** The lines that work out what depends on the value that the caller has. */
function linesOf({ name, set, before, after }: Known): string[] {
  const now = `\${${name}-}`;
  const branch = (record: string, value: string): string => `_nox_${record}_${name}="${value}"`;
  if (set !== null) {
    return [
      `case ${now} in`,
      `"") _nox_odd=$_nox_odd\${${name}+x} ${branch('old', '')} ${branch('new', statement(name, set))} ;;`,
      `*) ${branch('old', statement(recordOf(1, 'OLD', name), `$${name}`))} ${branch('new', statement(name, set))}`,
      `  case $${name} in ${set}) _nox_new_${name}= ;; esac ;;`,
      'esac',
    ];
  }
  const joined = (middle: string): string => [before, middle, after].filter((part) => part !== '').join(':');
  const nothing = joined(DEFAULTS[name] ?? '') + (KEEPS_SYSTEM.has(name) ? ':' : '');
  const was = recordOf(1, 'WAS', name);
  return [
    `case ${now} in`,
    `"") ${branch('new', statement(name, nothing))}`,
    `  case \${${name}+x} in x) ${branch('was', statement(was, 'empty'))} ;; *) ${branch('was', statement(was, 'unset'))} ;; esac ;;`,
    `*) ${branch('was', '')} ${branch('new', statement(name, joined(`$${name}`)))} ;;`,
    'esac',
  ];
}
