/**
 * What a command inherits from its caller on Linux, and would lose on the way through nox: the launcher's shell drops variables whose names it
 * does not take, Node closes descriptors for its children, and sets ignored signals back to their default. The launcher tells of
 * all three in `NOX_HANDED_*`.
 */
import { constants } from 'node:os';
import { fromBytes } from './fs/bytes.js';

/** What the launcher's variables begin with. */
export const HANDED = 'NOX_HANDED_';

export interface Inherited {
  /** Signals that the caller has nox ignore, as nohup(1) does. */
  readonly ignored: ReadonlySet<NodeJS.Signals>;
  /** Open descriptors above those of the standard streams. */
  readonly descriptors: readonly number[];
}

/** What the launcher of this process tells. */
export function inherited(environment: NodeJS.ProcessEnv = process.env): Inherited {
  const mask = environment[`${HANDED}IGNORED`] ?? '';
  const bits = /^[0-9a-f]{1,32}$/.test(mask) ? BigInt(`0x${mask}`) : 0n;
  const names = Object.entries(constants.signals) as ReadonlyArray<[NodeJS.Signals, number]>;
  const numbers = (environment[`${HANDED}FDS`] ?? '').split(' ').filter((text) => /^\d{1,5}$/.test(text)).map(Number);
  return {
    ignored: new Set(names.filter(([, number]) => (bits & (1n << BigInt(number - 1))) !== 0n).map(([name]) => name)),
    descriptors: numbers.filter((number) => number > 2),
  };
}

const PART = new RegExp(`^${HANDED}VARIABLES_(\\d+)$`);

/** Variables whose names a shell drops, as bash's functions have them: told by base64 of what proc(5) environ shows, in parts. */
export function droppedVariables(environment: ReadonlyArray<readonly [string, string]>): Array<[string, string]> {
  const parts = environment.flatMap(([name, value]) => {
    const number = PART.exec(name)?.[1];
    return number === undefined ? [] : [{ number: Number(number), value }];
  });
  return entriesOf(Buffer.from(parts.sort((a, b) => a.number - b.number).map(({ value }) => value).join(''), 'base64'));
}

/** The variables in the form of proc(5) environ. */
export function entriesOf(bytes: Buffer): Array<[string, string]> {
  return fromBytes(bytes).split('\0').flatMap((entry): Array<[string, string]> => {
    const at = entry.indexOf('=', 1);
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
  });
}
