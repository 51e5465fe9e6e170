import { isNoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import { fileDigest } from '../../fs/digest.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { readyScript } from '../../layout.js';
import { shellWord } from '../../shell-word.js';
import { type BuiltFarm, entriesIn, linkTarget } from '../farm/farm.js';
import { under } from '../farm/tree.js';
import { BACKUP, damage, leftover, type ProfileFinding, repairable, repairCommand } from './finding.js';
import { type ProfileRef, selectorOf } from './read-profile.js';

/** Paths that a message names. */
const NAMED = 5;

interface ShownFarm {
  /** Absolute path of the generation. */
  readonly tree: string;
  /** Absolute paths of packages that are gone: their links are not told one by one. */
  readonly gone: ReadonlySet<string>;
  readonly isRelease: boolean;
}

/** What of the farm of the current generation is not as it was built: links that lead nowhere, and what {@link lacksOf} finds. */
export function examineFarm(ref: ProfileRef, farm: BuiltFarm, shown: ShownFarm): ProfileFinding[] {
  return [...danglingLinks(ref, farm, shown.gone), ...lacksOf(ref, farm, shown)];
}

/**
 * What of a generation can be built anew: links and files of the farm that are gone, ready scripts that are gone or changed. A link may
 * have been taken away on purpose, and is no damage; what somebody has put in the place of one is theirs, and not told here.
 */
export function lacksOf(ref: ProfileRef, farm: BuiltFarm, { tree, isRelease }: Pick<ShownFarm, 'tree' | 'isRelease'>): ProfileFinding[] {
  const rebuild = { op: 'rebuild', ref } as const;
  const unlessRelease = (finding: ProfileFinding): ProfileFinding => (isRelease ? { ...finding, hint: `${BACKUP}, or publish it anew under another name`, repair: null } : finding);
  const missing = missingEntries(farm, tree);
  const links: ProfileFinding = {
    ...leftover(ref, { code: 'missing-links', path: tree, message: `${counted(missing.length)} of the current generation ${missing.length === 1 ? 'was' : 'were'} taken out of it: ${named(missing)}` }, rebuild),
    hint: `the next change brings them back, or at once: ${repairCommand(ref)}; what is to stay out is hidden with --hide`,
  };
  const scripts = [...farm.scripts].flatMap(([name, sha256]) => {
    const path = readyScript(tree, name);
    const found = digestIfFile(path);
    if (found === sha256) return [];
    const what = found === null ? 'is missing' : found === 'unreadable' ? 'cannot be read' : 'is not as nox wrote it';
    return [repairable(ref, { code: 'ready-script-damaged', path, message: `this ready script of the current generation ${what}` }, rebuild)];
  });
  return [...(missing.length === 0 ? [] : [links]), ...scripts].map(unlessRelease);
}

/** Links of the farm to entries that their package does not have any longer. */
function danglingLinks(ref: ProfileRef, farm: BuiltFarm, gone: ReadonlySet<string>): ProfileFinding[] {
  const lost = new Map<string, string[]>();
  for (const directory of farm.directories) {
    for (const link of entriesIn(directory)) {
      const root = farm.roots[link.root] ?? '';
      if (gone.has(root) || status(linkTarget(farm.roots, link)) !== null) continue;
      lost.set(root, [...(lost.get(root) ?? []), under(directory.path, link.name)]);
    }
  }
  return [...lost].map(([root, paths]) => {
    const message = `${counted(paths.length)} of the current generation lead nowhere, since ${root} has changed: ${named(paths)}`;
    return damage({ code: 'dangling-links', path: root, message }, `put the files back, or take the package as it is now: nox-profile refresh ${shellWord(selectorOf(ref))}`);
  });
}

/** Paths of links and files of the farm in whose place there is nothing. */
function missingEntries(farm: BuiltFarm, tree: string): string[] {
  return farm.directories.flatMap((directory) => {
    const there = new Set((readDirectoryIfAny(directory.path === '' ? tree : `${tree}/${directory.path}`) ?? []).map(({ name }) => name));
    return entriesIn(directory).filter(({ name }) => !there.has(name)).map(({ name }) => under(directory.path, name));
  });
}

/** Its digest, or "unreadable"; `null` where there is no file. */
function digestIfFile(path: string): string | null {
  try {
    return fileDigest(path);
  } catch (error) {
    if (isNoxError(error, 'not-permitted')) return 'unreadable';
    if (isNoxError(error, 'file-system')) return null;
    throw error;
  }
}

const counted = (links: number): string => `${links} link${links === 1 ? '' : 's'}`;

function named(paths: readonly string[]): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return `${[...paths].sort(byName).slice(0, NAMED).join(', ')}${more}`;
}
