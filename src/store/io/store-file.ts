import { randomBytes } from 'node:crypto';
import { makeHardLink, removeEntry, rename, writeNewFile } from '../../fs/change.js';
import { status } from '../../fs/disk.js';
import { hasErrno } from '../../fs/errno.js';
import type { TreeKind } from '../adoption.js';
import { STORE_FILE } from './scan.js';

/** What `nox-store.yaml` is to say. */
export interface StoreFileContent {
  readonly scope: 'private' | 'shared' | null;
  readonly patterns: readonly string[];
  /** Whose tree it is, when it is that of another package manager. */
  readonly adopted?: TreeKind;
}

/**
 * Writes a new `nox-store.yaml`, complete from the first moment that it is seen; fails when there is one. The
 * unfinished file is hidden, and is removed whatever happens.
 */
export function writeStoreFile(store: string, content: StoreFileContent): void {
  const unfinished = `${store}/.nox-store.${randomBytes(6).toString('hex')}`;
  try {
    writeNewFile(unfinished, formatStoreFile(content));
    publish(unfinished, `${store}/${STORE_FILE}`);
  } finally {
    removeEntry(unfinished);
  }
}

/** A hard link never replaces anything; where the file system has none, a rename has to do. */
function publish(unfinished: string, file: string): void {
  try {
    makeHardLink(unfinished, file);
  } catch (error) {
    if (!hasErrno((error as Error).cause, 'EPERM', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK', 'EXDEV') || status(file) !== null) throw error;
    rename(unfinished, file);
  }
}

/** The text of the file; `parseStoreConfig` reads the same content from it. */
export function formatStoreFile({ scope, patterns, adopted }: StoreFileContent): string {
  const lines = ['# A store of nox: see docs/stores.md.'];
  if (scope !== null) lines.push(`scope: ${scope}`);
  if (adopted !== undefined) lines.push(`adopted: ${adopted}`);
  if (patterns.length > 0) lines.push('packages:', ...patterns.map((pattern) => `  - ${JSON.stringify(pattern)}`));
  return `${lines.join('\n')}\n`;
}
