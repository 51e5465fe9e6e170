/**
 * File names are bytes. Inside nox every path and name is a JavaScript string in which a byte that is not part of
 * valid UTF-8 stands as a lone surrogate U+DC80..U+DCFF (Python's "surrogateescape", PEP 383). The functions here are
 * the only places where such strings meet bytes, terminals and shells.
 */

type Decoder = InstanceType<typeof TextDecoder>;
let made: Decoder | null = null;

/** Made at its first use: most commands meet no bytes but in names that Node has decoded. */
const decoder = (): Decoder => (made ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }));

/** Bytes to text; total, and inverted exactly by {@link toBytes}. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return decoder().decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + (bytes[at] as number));
      at += 1;
    } else {
      text += decoder().decode(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  try {
    decoder().decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

/** Text to bytes: the inverse of {@link fromBytes}. Other lone surrogates (never made by it) become U+FFFD. */
export function toBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let plain = '';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) {
      parts.push(Buffer.from(plain, 'utf8'), Buffer.of(code - 0xdc00));
      plain = '';
    } else {
      plain += char;
    }
  }
  parts.push(Buffer.from(plain, 'utf8'));
  return Buffer.concat(parts);
}

/** A path in the form that `node:fs` takes: the string itself where that is exact, else its bytes. */
export function raw(path: string): string | Buffer {
  return path.isWellFormed() ? path : toBytes(path);
}

/** True when `name`, as Node decoded it, may have lost bytes, so that it must be read again as bytes. */
export function mayBeLossy(name: string): boolean {
  return name.includes('\uFFFD');
}

// Controls, DEL, C1, separators, bidirectional and invisible formatting characters, the backslash itself, lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\\\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffd]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Text for a terminal: whatever could steer it, hide or mislead appears as `\xHH` of its bytes. */
export function display(text: string): string {
  return text.replace(UNSAFE, (unit) => [...toBytes(unit)].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join(''));
}

/** The same for a hint: its commands are written in what can be shown (`shellWord`), and their backslashes must stay. */
export const displayHint = (text: string): string => text.split('\\').map(display).join('\\');

/** Order of two names or paths by their UTF-16 units: total, and the same on every machine and in every locale. */
export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
