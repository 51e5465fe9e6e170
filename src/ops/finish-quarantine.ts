import { posix } from 'node:path';
import { measureAfter } from '../collect/io/measure.js';
import { destroy, endQuarantine, type Quarantined, quarantine, readQuarantine, restore } from '../collect/io/quarantine.js';
import type { Doubt } from '../collect/survey.js';
import type { Context } from '../context.js';
import { isAnyNoxError } from '../errors.js';
import { readDirectory, readLinkIfAny, status, statusFollowed } from '../fs/disk.js';
import { shellWord } from '../shell-word.js';
import type { ScannedStore } from '../store/io/scan.js';
import type { Package } from '../store/package.js';
import { syncPoint } from '../sync-point.js';
import type { GarbageRequest, PackageRef, RemovedPackage } from './collect-garbage.js';
import { takeSurvey } from './take-survey.js';

/** What became of the packages in quarantine. */
export interface Ended {
  readonly removed: readonly RemovedPackage[];
  readonly restored: readonly PackageRef[];
  readonly retained: readonly PackageRef[];
  readonly doubts: readonly Doubt[];
}

/**
 * Restores, keeps or deletes what is in quarantine: this run's packages, and those of collectors that were killed. A store in
 * doubt gets back what no retention keeps. A dry run only says what would be done.
 */
export function finishQuarantine(context: Context, request: GarbageRequest, stores: readonly ScannedStore[]): Ended {
  const ended = { removed: [] as RemovedPackage[], restored: [] as PackageRef[], retained: [] as PackageRef[], doubts: [] as Doubt[] };
  for (const store of stores) {
    try {
      finishStore(context, request, store, ended);
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      ended.doubts.push({ path: store.path, reason: error.message, hint: 'nox-store doctor', user: null });
    }
  }
  return ended;
}

interface Growing {
  readonly removed: RemovedPackage[];
  readonly restored: PackageRef[];
  readonly retained: PackageRef[];
  readonly doubts: Doubt[];
}

function finishStore(context: Context, request: GarbageRequest, store: ScannedStore, ended: Growing): void {
  const entries = readQuarantine(store, context.now()).filter(({ ours }) => ours);
  if (entries.length === 0) return;
  const surveyed = { ...store, packages: [...store.packages.filter(({ id }) => !entries.some((entry) => entry.id === id)), ...entries.map((entry) => ghost(store, entry))] };
  const survey = takeSurvey(context, { ...request, links: 'all' }, [surveyed]);
  const doubts = survey.stores.flatMap((one) => one.doubts);
  ended.doubts.push(...doubts);
  syncPoint(context, 'after-third-survey');
  for (const entry of entries) {
    const isRetained = !entry.doomed && !request.purge && isYoung(context, store, entry);
    // What came under its name since is what holders mean.
    const isTaken = status(`${store.path}/${entry.id}`) !== null;
    const isHeld = !entry.doomed && !isTaken && survey.holders.has(`${store.path}/${entry.id}`);
    if (isHeld || (doubts.length > 0 && !entry.doomed && !isTaken && !isRetained && !request.purge)) {
      if (request.dryRun || restore(entry)) ended.restored.push(entry);
      else ended.doubts.push(nameTaken(entry));
    } else if (isRetained || (doubts.length > 0 && !entry.doomed)) ended.retained.push(entry);
    else remove(request, entry, ended);
  }
}

const nameTaken = ({ path, id }: Quarantined): Doubt => ({ path, reason: `it is in use as "${id}", and something else has that name now`, hint: `move the other away, then: nox-store gc --restore ${shellWord(id)}`, user: null });

/** A package in quarantine, under its old name, for a survey. */
function ghost(store: ScannedStore, { id }: Quarantined): Package {
  const none = { name: null, version: null, description: null, homepage: null, license: null, platform: null, depends: [], conflicts: [], provides: [], priority: null, env: null, prefix: null, remedies: null };
  return { id: id as Package['id'], store: store.path, path: `${store.path}/${id}`, name: id, version: null, aliasOf: null, metadata: none, misspelt: [], problem: null };
}

function isYoung(context: Context, { config }: ScannedStore, entry: Quarantined): boolean {
  return config.retention !== null && context.now().getTime() - Date.parse(entry.at) < config.retention * 1000;
}

/** Measured just before, so that a file shared with what went already counts here. */
function remove(request: GarbageRequest, entry: Quarantined, ended: Growing): void {
  try {
    const aliases = danglingAliases(entry);
    const size = measureAfter(new Map(), [entry.path, ...aliases.map((alias) => `${entry.store}/${alias}`)]);
    if (!request.dryRun) {
      destroy(entry);
      for (const alias of aliases) removeAlias(entry.store, alias);
      endQuarantine(entry);
    }
    if (size.inodes > 0 || size.files > 0) ended.removed.push({ id: entry.id, store: entry.store, ...size });
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    ended.doubts.push({ path: entry.path, reason: error.message, hint: 'let its owner remove it, or give you permission, and run this again', user: null });
  }
}

/** Identifiers of links beside the package, and in the store itself, that lead to its old name, directly or by each other, and to nothing else now. */
function danglingAliases({ store, id }: Quarantined): string[] {
  const parents = [...new Set(['', posix.dirname(id)].map((parent) => (parent === '.' ? '' : parent)))];
  const links = parents.flatMap((parent) => readDirectory(posix.join(store, parent))
    .filter(({ name, type }) => type === 'symlink' && !name.startsWith('.'))
    .map(({ name }) => posix.join(parent, name)));
  const targets = new Set([`${store}/${id}`]);
  const found = new Set<string>();
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const link of links) {
      const path = `${store}/${link}`;
      const text = readLinkIfAny(path);
      if (found.has(link) || text === null || statusFollowed(path) !== null || !targets.has(posix.resolve(posix.dirname(path), text))) continue;
      found.add(link);
      targets.add(path);
    }
  }
  return [...found].sort();
}

/** Only while it still leads nowhere: somebody may have given the name to another package. */
function removeAlias(store: string, alias: string): void {
  const path = `${store}/${alias}`;
  if (status(path)?.type !== 'symlink' || statusFollowed(path) !== null) return;
  const entry = quarantine(store, alias, new Date());
  if (entry === null) return;
  if (statusFollowed(entry.path) !== null) restore(entry);
  else {
    destroy(entry);
    endQuarantine(entry);
  }
}
