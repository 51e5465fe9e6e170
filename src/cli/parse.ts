import { NoxError } from '../errors.js';

/** A generation's number as typed. @throws `usage`. */
export function parseGeneration(text: string, command: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new NoxError('usage', { problem: `"${text}" is not the number of a generation`, command });
  return Number(text);
}
