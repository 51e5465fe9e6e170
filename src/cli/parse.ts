import { NoxError } from '../errors.js';
import { display } from '../fs/bytes.js';
import { readDuration } from '../store/store-config.js';

/** A generation's number as typed. @throws `usage`. */
export function parseGeneration(text: string, command: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new NoxError('usage', { problem: `"${text}" is not the number of a generation`, command });
  return Number(text);
}

const DAY = 86_400;

/** Seconds of a length of time as typed for a flag, `most` at most. A bare number but 0 is refused: 7 would be taken for days. @throws `usage`. */
export function parseDuration(text: string, flag: string, most = Infinity): number {
  if (/^0*[1-9]\d*$/.test(text)) throw new NoxError('usage', { problem: `${flag} "${text}" has no unit: ${text}d are days, ${text}h hours, ${text}m minutes, ${text}s seconds`, command: null });
  const seconds = readDuration(text);
  if (seconds !== null && seconds > most) throw new NoxError('usage', { problem: `${flag} takes ${most > DAY ? `${Math.floor(most / DAY)} days` : `${most} seconds`} at most, not "${display(text)}"`, command: null });
  if (seconds === null) throw new NoxError('usage', { problem: `${flag} expects a length of time such as 30d, 12h or 0, not "${display(text)}"`, command: null });
  return seconds;
}

/** The name of a variable as typed for a flag. @throws `usage`. */
export function parseVariable(text: string, flag: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) throw new NoxError('usage', { problem: `${flag} expects the name of a variable, not "${text}"`, command: null });
  return text;
}
