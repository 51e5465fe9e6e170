import { openForReading, realPath, status } from '../../fs/disk.js';

const CHUNK = 1 << 16;

/**
 * True when two entries may stand for each other: regular files of equal size, bytes and execute bits, or links (or a
 * link and a file) that lead to the same place.
 */
export function isSameEntry(a: string, b: string): boolean {
  const [one, other] = [status(a), status(b)];
  if (one === null || other === null) return false;
  if (one.dev === other.dev && one.ino === other.ino) return true;
  if (one.type === 'file' && other.type === 'file') {
    return one.size === other.size && ((one.mode ^ other.mode) & 0o111) === 0 && haveSameBytes(a, b, one.size);
  }
  if (one.type !== 'symlink' && other.type !== 'symlink') return false;
  const leadsTo = realPath(a);
  return leadsTo !== null && leadsTo === realPath(b);
}

function haveSameBytes(a: string, b: string, size: number): boolean {
  if (size === 0) return true;
  const [one, other] = [openForReading(a), openForReading(b)];
  try {
    if (one === null || other === null) return false;
    const [left, right] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
    for (let at = 0; at < size; at += CHUNK) {
      const length = one.read(left, at);
      if (other.read(right, at) !== length || !left.subarray(0, length).equals(right.subarray(0, length))) return false;
      if (length < CHUNK) return at + length === size;
    }
    return true;
  } finally {
    one?.close();
    other?.close();
  }
}
