/**
 * The format of every file that nox writes for itself: one header line with kind, format version and the SHA-256 of
 * the rest, then one JSON document and a newline. A changed, cut or missing byte anywhere is found when it is read.
 *
 *     {"nox":"journal-entry","version":1,"sha256":"<64 hex digits>"}
 *     {"sequence":3,…}
 *
 * Caches, which are read by short commands and may be lost, have a quicker checksum there: `"checksum":"<16 hex digits>"`.
 */
import * as v from 'valibot';
import { NoxError } from '../errors.js';
import { checksum } from './checksum.js';
import { readFileCapped } from './disk.js';
import { sha256 } from './sha256.js';

export interface SealedKind<S extends v.GenericSchema> {
  readonly kind: string;
  /** The version written, and the highest one read. */
  readonly version: number;
  readonly schema: S;
  /** Bytes; a larger file is refused as damaged. */
  readonly limit: number;
  /** True for what is lost without harm. */
  readonly isCache?: boolean;
}

type Header = Pick<SealedKind<v.GenericSchema>, 'kind' | 'version' | 'isCache'>;

function header({ kind, version, isCache }: Header, body: Buffer): string {
  return JSON.stringify({ nox: kind, version, ...(isCache === true ? { checksum: checksum(body) } : { sha256: sha256(body) }) });
}

/** The sealed text of a value. */
export function seal<S extends v.GenericSchema>(kind: SealedKind<S>, value: v.InferOutput<S>): string {
  const body = `${JSON.stringify(value)}\n`;
  return `${header(kind, Buffer.from(body))}\n${body}`;
}

/**
 * The value of sealed bytes.
 * @throws `damaged` when anything does not agree, `newer-format` when a newer nox wrote it.
 */
export function unseal<S extends v.GenericSchema>(kind: SealedKind<S>, bytes: Buffer, path: string): v.InferOutput<S> {
  const damaged = (problem: string): NoxError => new NoxError('damaged', { path, problem });
  const end = bytes.indexOf(0x0a);
  if (end < 0) throw damaged('it has no header line');
  const line = bytes.subarray(0, end).toString('utf8');
  const body = bytes.subarray(end + 1);
  const version = /^\{"nox":"([a-z-]+)","version":([1-9][0-9]{0,8}),"(?:sha256":"[0-9a-f]{64}|checksum":"[0-9a-f]{16})"\}$/.exec(line);
  if (version === null || version[1] !== kind.kind) throw damaged(`its header is not that of a ${kind.kind}`);
  if (line !== header({ ...kind, version: Number(version[2]) }, body)) throw damaged('its checksum does not match');
  if (Number(version[2]) > kind.version) {
    throw new NoxError('newer-format', { path, kind: kind.kind, version: Number(version[2]), supported: kind.version });
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new NoxError('damaged', { path, problem: 'it is not JSON' }, error);
  }
  const parsed = v.safeParse(kind.schema, value);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw damaged(`${v.getDotPath(issue) ?? 'document'}: ${issue.message}`);
  }
  return parsed.output;
}

/** What was read last, by path: a command asks for some documents several times, and the same bytes say the same. */
const known = new Map<string, { readonly schema: v.GenericSchema; readonly bytes: Buffer; readonly value: unknown }>();
const KNOWN = 16;
/** Bytes of all that is remembered; what is larger by itself is remembered alone, for a profile of many links is asked for, too. */
const KNOWN_BYTES = 16 << 20;

/** Reads a sealed file; `null` when there is none. Its value is shared with whoever reads the same file again, and not to be changed. */
export function readSealed<S extends v.GenericSchema>(kind: SealedKind<S>, path: string): v.InferOutput<S> | null {
  const bytes = readFileCapped(path, kind.limit, { follow: false });
  if (bytes === null) return null;
  if (bytes === 'too-large') throw new NoxError('damaged', { path, problem: `it is larger than ${kind.limit} bytes` });
  if (bytes === 'not-a-file') throw new NoxError('damaged', { path, problem: 'it is not a regular file' });
  const last = known.get(path);
  if (last?.schema === kind.schema && last.bytes.equals(bytes)) return last.value;
  const value = unseal(kind, bytes, path);
  known.delete(path);
  known.set(path, { schema: kind.schema, bytes, value });
  let size = 0;
  for (const one of known.values()) size += one.bytes.length;
  for (const [oldest, one] of known) {
    if (known.size === 1 || (known.size <= KNOWN && size <= KNOWN_BYTES)) break;
    known.delete(oldest);
    size -= one.bytes.length;
  }
  return value;
}
