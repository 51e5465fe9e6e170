import { failedWith } from '../../errors.js';
import {
  copyFile, makeDirectory, makeHardLink, makeSymlink, readLink, setMode, status, syncDirectory,
} from '../../fs/disk.js';
import type { Progress } from '../../context.js';
import type { Pause } from '../../interrupt.js';
import { countLinks, type FarmPlan, linkTarget } from '../farm/farm.js';

/** Links between two reports of progress. */
const STRIDE = 512;

export interface BuildRequest {
  readonly plan: FarmPlan;
  /** Where to build: an empty directory of the caller's own. */
  readonly into: string;
  /** The generation that holds the carried files, when there are any. */
  readonly carryFrom: string | null;
  /** For a release: files are carried as copies that cannot be written, since a hard link changes with its original. */
  readonly copy: boolean;
  readonly progress: Progress;
  readonly pause: Pause;
}

/** Builds a planned farm and forces its directories to disk. The plan must be free of collisions. */
export async function buildFarm({ plan, into, carryFrom, copy, progress, pause }: BuildRequest): Promise<void> {
  const total = countLinks(plan);
  let done = 0;
  for (const { path, links } of plan.directories) {
    const directory = path === '' ? into : `${into}/${path}`;
    if (path !== '') makeDirectory(directory);
    for (const link of links) {
      makeSymlink(linkTarget(plan.roots, link), `${directory}/${link.name}`);
      done += 1;
      if (done % STRIDE !== 0) continue;
      progress.update('linking', done, total);
      await pause();
    }
  }
  if (carryFrom !== null) carry(plan, carryFrom, { into, copy });
  for (const { path } of [...plan.directories].reverse()) syncDirectory(path === '' ? into : `${into}/${path}`);
}

/** Takes the user's own files along: as hard links, which cost nothing and lose nothing, else as copies. */
function carry(plan: FarmPlan, from: string, to: { readonly into: string; readonly copy: boolean }): void {
  for (const { path, type } of plan.carried) {
    const [source, target] = [`${from}/${path}`, `${to.into}/${path}`];
    if (type === 'directory') setMode(target, (status(source)?.mode ?? 0o755) | 0o700);
    else if (to.copy && type === 'file') copyFile(source, target, 0o555);
    else carryEntry(type, source, target);
  }
}

function carryEntry(type: 'file' | 'symlink' | 'other', source: string, target: string): void {
  try {
    makeHardLink(source, target);
  } catch (error) {
    if (!failedWith(error, 'EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EACCES')) throw error;
    if (type === 'file') copyFile(source, target);
    else if (type === 'symlink') makeSymlink(readLink(source), target);
    else throw error;
  }
}
