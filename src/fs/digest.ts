import { createHash } from 'node:crypto';
import { NoxError } from '../errors.js';
import { openForReading } from './disk.js';

const CHUNK = 1 << 20;

/** The SHA-256 of a regular file, in hex. @throws `file-system` when it is something else. */
export function fileDigest(path: string): string {
  const file = openForReading(path);
  if (file === null) throw new NoxError('file-system', { step: 'read', path, reason: 'it is not a regular file', errno: 22, state: null, profile: null });
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let at = 0; ; at += CHUNK) {
      const length = file.read(buffer, at);
      hash.update(buffer.subarray(0, length));
      if (length < CHUNK) return hash.digest('hex');
    }
  } finally {
    file.close();
  }
}
