import { byDepth } from '../../fs/by-depth.js';
import { byName } from '../../fs/bytes.js';
import { makeDirectoryCall } from '../../fs/calls.js';
import { makeHardLink, makeSymlink, setMode } from '../../fs/change.js';
import { drain } from '../../fs/drain.js';
import { type NewFile, newFileCall, setLinkTime, setTime, writeStream } from '../../fs/new-files.js';
import { type Pause, pausing } from '../../interrupt.js';
import type { Admission } from '../archive/admission.js';
import { type ContentEntry, type ContentFile, type Contents, sortContents } from '../contents.js';
import { storedDirectoryMode, storedMode } from '../stored-mode.js';
import type { Refuse, TarOffer, TarVisitor } from './tar-reader.js';

/** A symlink of a tree that is not made yet. */
export interface PlannedLink {
  readonly text: string;
  readonly mtime: number;
}

/** A tree under construction in a private directory. Its symlinks are made last, so that nothing is ever written through one. */
export interface TreeWriter {
  readonly root: string;
  /** Mode of the package itself in its source; the usual one where that tells none. */
  readonly rootMode: number;
  /** Directories and files so far, complete after `flush`. */
  readonly entries: Map<string, ContentEntry>;
  readonly links: Map<string, PlannedLink>;
  /** What the source has and the tree does not, in words. */
  readonly notes: string[];
  readonly visitor: TarVisitor;
  /** Writes what is still waiting. */
  flush(): Promise<void>;
}

interface TreeOptions {
  readonly admission: Admission;
  readonly refuse: Refuse;
  readonly pause: Pause;
  /** What becomes of the content of a file, by its path in the package. */
  readonly mend?: (path: string, content: Buffer) => Buffer;
  /** The text that a symlink is to have, by the path that the source has it at: as it is by default. */
  readonly linkText?: (offered: string, text: string) => string;
}

/** Files and bytes that wait to be written together. */
const BATCH = { files: 400, bytes: 8 << 20 };

/** Mode of a directory that a source does not have by itself. */
const USUAL_MODE = 0o755;

/** Begins a tree at `root`, an empty directory of the caller's own. */
export function createTreeWriter(root: string, { admission, refuse, pause, mend = (_, content) => content, linkText = (_, text) => text }: TreeOptions): TreeWriter {
  const entries = new Map<string, ContentEntry>();
  const links = new Map<string, PlannedLink>();
  const notes: string[] = [];
  let directories: string[] = [];
  let files: NewFile[] = [];
  let bytes = 0;
  let setIds = 0;
  let rootMode = USUAL_MODE;
  const hardLinks: Array<{ path: string; target: string; offered: string }> = [];

  const addDirectory = (path: string, mode: number, mtime: number): void => {
    directories.push(path);
    entries.set(path, { type: 'directory', path, mode, mtime });
  };
  const admit = (offer: TarOffer): string => {
    const { path, parents, isNew } = admission.admit(offer);
    for (const parent of parents) addDirectory(parent, USUAL_MODE, offer.mtime);
    if (offer.type === 'directory') {
      if (path === '') rootMode = offer.mode;
      else if (isNew) addDirectory(path, offer.mode, offer.mtime);
      else entries.set(path, { type: 'directory', path, mode: offer.mode, mtime: offer.mtime });
    }
    if (offer.type === 'file' && (offer.mode & 0o7000) !== 0) setIds += 1;
    return path;
  };
  const addFile = (path: string, offer: TarOffer, written: { sha256: string; size: number }): void => {
    entries.set(path, { type: 'file', path, mode: storedMode(offer.mode), mtime: offer.mtime, ...written });
  };
  const visitor: TarVisitor = {
    other(offer) {
      const path = admit(offer);
      if (offer.type === 'symlink') links.set(path, { text: linkText(offer.path, offer.text), mtime: offer.mtime });
      if (offer.type === 'hard link') hardLinks.push({ path, target: admission.pathOf(offer.text), offered: offer.path });
    },
    small(offer, content) {
      const path = admit(offer);
      const mended = mend(path, content);
      files.push({ path: `${root}/${path}`, content: mended, mode: storedMode(offer.mode), mtime: offer.mtime, take: (sha256) => addFile(path, offer, { sha256, size: mended.length }) });
      bytes += mended.length;
      return files.length < BATCH.files && bytes < BATCH.bytes ? null : write();
    },
    async large(offer, content) {
      const path = admit(offer);
      await write();
      addFile(path, offer, await writeStream(`${root}/${path}`, pausing(content, pause), { mode: storedMode(offer.mode), mtime: offer.mtime }));
    },
  };

  return {
    root, entries, links, notes, visitor, flush,
    get rootMode() {
      return rootMode;
    },
  };

  async function write(): Promise<void> {
    const [newDirectories, newFiles] = [directories, files];
    [directories, files, bytes] = [[], [], 0];
    // Level by level: a directory is there before what lies in it.
    for (const level of byDepth(newDirectories)) await drain(level.map((path) => `${root}/${path}`), makeDirectoryCall);
    await drain(newFiles, newFileCall);
    await pause();
  }

  async function flush(): Promise<void> {
    await write();
    for (const { path, target, offered } of hardLinks.splice(0)) {
      const original = entries.get(target);
      if (original?.type !== 'file') throw refuse(offered, `it is a hard link to "${target}", which is no file of the archive before it`);
      makeHardLink(`${root}/${target}`, `${root}/${path}`);
      entries.set(path, { ...original, path });
    }
    if (setIds > 0) notes.push(`set-user-id and set-group-id bits of ${setIds} file${setIds === 1 ? '' : 's'} were left out`);
    setIds = 0;
    for (const [one, other] of admission.takeCaseCollisions()) notes.push(`"${one}" and "${other}" are one on a file system that ignores case`);
  }
}

/** A tree whose files are written: where it is, and what it is to be. */
export type PlannedTree = Pick<TreeWriter, 'root' | 'rootMode' | 'entries' | 'links'>;

/** Adds a file to a tree, with a directory above it or none. */
export function addSmallFile(tree: PlannedTree, path: string, { content, mtime }: { readonly content: string; readonly mtime: number }): void {
  newFileCall.now({
    path: `${tree.root}/${path}`, content: Buffer.from(content), mode: 0o444, mtime,
    take: (sha256) => tree.entries.set(path, { type: 'file', path, mode: 0o444, mtime, size: Buffer.byteLength(content), sha256 } satisfies ContentFile),
  });
}

/** Makes the symlinks of a tree. Its contents are complete then, but modes and times of directories are not what they say. */
export function makeLinks(tree: PlannedTree): void {
  for (const [path, { text, mtime }] of [...tree.links].sort(([a], [b]) => byName(a, b))) {
    makeSymlink(text, `${tree.root}/${path}`);
    setLinkTime(`${tree.root}/${path}`, mtime);
    tree.entries.set(path, { type: 'symlink', path, mode: 0o777, mtime, text });
  }
}

/** Gives the directories of a tree their times and the usual mode, as far as they are open, the deepest first; nothing can be added after that. */
export function closeDirectories(tree: PlannedTree, usual: number): Contents {
  const contents = sortContents([...tree.entries.values()].map((entry) => (entry.type === 'directory' ? { ...entry, mode: storedDirectoryMode(entry.mode, usual) } : entry)));
  for (const { type, path, mode, mtime } of contents.toReversed()) {
    if (type !== 'directory') continue;
    setTime(`${tree.root}/${path}`, mtime);
    setMode(`${tree.root}/${path}`, mode);
  }
  return contents;
}
