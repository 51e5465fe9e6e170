import { createHash } from 'node:crypto';
import fs from 'node:fs';

/** Writes a sealed file anew, other fields or a change made to its body, and with what is given in its header: the checksum is no secret. */
export function reseal(file: string, change: Readonly<Record<string, unknown>> | ((body: any) => void), header: { readonly version?: number } = {}): void { // eslint-disable-line @typescript-eslint/no-explicit-any
  const [first, second] = fs.readFileSync(file, 'utf8').split('\n') as [string, string];
  const body = JSON.parse(second);
  if (typeof change === 'function') change(body);
  else Object.assign(body, change);
  const text = `${JSON.stringify(body)}\n`;
  fs.writeFileSync(file, `${JSON.stringify({ ...JSON.parse(first), ...header, sha256: createHash('sha256').update(text).digest('hex') })}\n${text}`);
}
