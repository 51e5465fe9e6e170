import { NoxError } from '../../errors.js';
import { toBytes } from '../../fs/bytes.js';
import { copyFile, makeDirectories, makeSymlink, setMode, setModified, writeUnsynced } from '../../fs/change.js';
import { readFileCapped, realPath, status } from '../../fs/disk.js';
import { fileDigest } from '../../fs/digest.js';
import { wrappedProgram } from '../../layout.js';
import { type FarmPlan, linkTarget, type MadeFile, type PlannedFile } from '../farm/farm.js';
import { parentOf, under } from '../farm/tree.js';
import { wrapperScript } from '../farm/wrapper.js';

/** Bytes; a larger file is no text that somebody would have rewritten. */
const LARGEST_TEXT = 16 << 20;

/**
 * Makes the files that the plan has in the place of links: never writable, executable as the package's, and with its times, to
 * the second, by which a `.pyc` knows its source. They are copies and never hard links: a change would reach the package, or
 * another generation. It is for the caller to force them to disk.
 */
export function makeFiles(plan: FarmPlan, into: string): Map<string, MadeFile> {
  const made = new Map<string, MadeFile>();
  for (const { path: directory, files } of plan.directories) {
    for (const file of files) {
      const path = under(directory, file.name);
      made.set(path, makeFile(plan, file, { tree: into, path }));
    }
  }
  return made;
}

function makeFile({ roots }: FarmPlan, file: PlannedFile, { tree, path }: { readonly tree: string; readonly path: string }): MadeFile {
  const program = linkTarget(roots, file);
  const source = realPath(program);
  const found = source === null ? null : status(source);
  if (source === null || found?.type !== 'file') throw new NoxError('file-system', { step: 'copy', path: program, reason: 'it has changed just now', errno: 2, state: null, profile: null });
  const target = `${tree}/${path}`;
  const { remedy } = file;
  switch (remedy.kind) {
    case 'copy':
      copyFile(source, target, 0o555);
      break;
    case 'wrapper':
      writeUnsynced(target, toBytes(wrapperScript({ path, pkg: roots[file.root] ?? '', program, env: remedy.env })));
      setMode(target, 0o555);
      keepProgram(program, wrappedProgram(tree, path));
      break;
    case 'rewritten': {
      const text = rewritten(source, remedy.replace);
      if (text === null) copyFile(source, target, 0o555);
      else {
        writeUnsynced(target, text);
        setMode(target, found.mode & 0o555);
      }
      break;
    }
  }
  const mtime = Math.floor(found.mtimeMs / 1000) * 1000;
  setModified(target, mtime);
  return { size: status(target)?.size ?? 0, mtime, sha256: fileDigest(target) };
}

function keepProgram(program: string, path: string): void {
  makeDirectories(parentOf(path), { lasting: false });
  makeSymlink(program, path);
}

/** The bytes of a text with all replacements made at once, the longest first; `null` for what is no text. */
function rewritten(source: string, replace: Readonly<Record<string, string>>): Buffer | null {
  const bytes = readFileCapped(source, LARGEST_TEXT, { follow: false });
  if (!(bytes instanceof Buffer) || bytes.includes(0)) return null;
  const asLatin = (text: string): string => toBytes(text).toString('latin1');
  const texts = new Map(Object.entries(replace).map(([from, to]) => [asLatin(from), asLatin(to)]));
  const pattern = [...texts.keys()].sort((a, b) => b.length - a.length).map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|');
  return pattern === '' ? bytes : Buffer.from(bytes.toString('latin1').replaceAll(new RegExp(pattern, 'g'), (text) => texts.get(text) ?? text), 'latin1');
}
