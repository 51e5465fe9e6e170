import { basename } from 'node:path';
import { fromBytes } from '../../fs/bytes.js';
import { readFileCapped, readLinkIfAny } from '../../fs/disk.js';
import { NoxError } from '../../errors.js';
import type { ShellFamily } from '../shell.js';
import { familyOf } from '../shell.js';

/** Processes looked at, from the parent upwards, before it is given up. */
const LIMIT = 64;

/** The family of the nearest ancestor process that is a known shell; `posix` when none is. */
export function parentShell(pid: number): ShellFamily {
  let next: number | null = pid;
  for (let count = 0; next !== null && next > 0 && count < LIMIT; count += 1) {
    const stat: string = textOf(`/proc/${next}/stat`) ?? '';
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const family = familyOf(name) ?? familyOf(executableOf(next));
    if (family !== null) return family;
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    next = Number.isInteger(parent) && parent > 0 ? parent : null;
  }
  return 'posix';
}

function executableOf(pid: number): string {
  try {
    return basename(readLinkIfAny(`/proc/${pid}/exe`) ?? '');
  } catch (error) {
    // Another user's process does not show its executable.
    if (error instanceof NoxError) return '';
    throw error;
  }
}

function textOf(path: string): string | null {
  const bytes = readFileCapped(path, 4096, { follow: true });
  return Buffer.isBuffer(bytes) ? fromBytes(bytes) : null;
}
