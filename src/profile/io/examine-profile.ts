import { resolve } from 'node:path';
import { readLinkIfAny, realPath, status, statusFollowed } from '../../fs/disk.js';
import { abandonedEntries } from '../../fs/owned-entries.js';
import { isGone } from '../../fs/owner.js';
import { generation, generationLinkText, journal, journalEntry, journalRecord, lockDirectory, manifestFile, profileLink, profileState, staging } from '../../layout.js';
import { shellWord } from '../../shell-word.js';
import { BACKUP, damage, leftover, type ProfileFinding, repairable, repairCommand } from './finding.js';
import type { JournalEntry } from '../journal.js';
import { packagePath } from '../manifest.js';
import { examineFarm } from './examine-farm.js';
import { guarded } from './examine-home.js';
import { examinePrograms } from './examine-programs.js';
import { readEntry, readLastEntry } from './journal.js';
import { entriesAnew, stampOfRepair } from './journal-anew.js';
import { isLockAbandoned } from './lock.js';
import { lossInWords, lostEntries } from './lost-journal.js';
import { existingGenerations, numbersIn } from './generations.js';
import { intactGeneration, linkGone, type ProfileRef, readFarm, readManifest, selectorOf, wholeManifest } from './read-profile.js';
import { abandonedWithdrawn, readWithdrawn } from './withdraw.js';
import { isAbandoned } from './workshop.js';

/** What is wrong with one profile, in the order in which it is to be repaired. Nothing is thrown for it. */
export function examineProfile(ref: ProfileRef, now: Date): ProfileFinding[] {
  const state = profileState(ref.home, ref.name);
  return [...guarded({ code: 'unreadable', path: state, hint: 'let its owner run this' }, () => {
    if (status(state) === null) return [];
    const { entries, findings } = examineJournal(ref, now);
    return [
      ...findings,
      ...examineWithdrawn(ref, now),
      ...examineGenerations(ref, entries, findings.length > 0),
      ...examineShown(ref, entries.at(-1) ?? null, findings.length > 0),
      ...examineStaging(ref, now),
      ...examineLock(ref, now),
    ];
  })];
}

/** All entries that can be read, and what is wrong with the others. */
function examineJournal(ref: ProfileRef, now: Date): { readonly entries: readonly JournalEntry[]; readonly findings: readonly ProfileFinding[] } {
  const { home, name } = ref;
  const path = journal(home, name);
  const numbers = numbersIn(path);
  if (numbers.length === 0) {
    const lost = examineLost(ref, now);
    return { entries: [], findings: lost.length > 0 ? lost : [damage({ code: 'journal-empty', path, message: 'the profile was never finished' }, `nox-profile new ${shellWord(name)}`)] };
  }
  const entries: JournalEntry[] = [];
  const findings = numbers.flatMap((number) => [...guarded({ code: 'journal-damaged', path: journalRecord(journalEntry(home, name, number)), hint: BACKUP }, () => {
    entries.push(readEntry(home, name, number));
    return [];
  })]);
  const missing = (numbers.at(-1) ?? 0) + 1 - numbers.length;
  if (missing > 0) findings.push(damage({ code: 'journal-gap', path, message: `${missing} of its entries are missing` }, BACKUP));
  return { entries, findings: findings.length > 0 ? findings : examineLost(ref, now) };
}

/** Entries that are lost, all or the last, where anything shows that. */
function examineLost(ref: ProfileRef, now: Date): ProfileFinding[] {
  const lost = lostEntries(ref);
  if (lost === null) return [];
  const last = readLastEntry(ref.home, ref.name);
  const { generation: number, link } = entriesAnew(ref, last, lost, stampOfRepair(now)).at(-1) as JournalEntry;
  const found = { code: lost.lost === 'all' ? 'journal-empty' : 'journal-gap', path: journal(ref.home, ref.name), message: lossInWords(lost) } as const;
  const shown = number === null ? `the link to ${link ?? ''}` : `generation ${number}`;
  return [{ ...repairable(ref, found, { op: 'restore-entries', ref }), hint: `${BACKUP}; or have it made anew, with ${shown} shown: ${repairCommand(ref)}` }];
}

function examineWithdrawn(ref: ProfileRef, now: Date): ProfileFinding[] {
  return abandonedWithdrawn(ref, now).map(({ number, path, stage }) => {
    const message = stage === 'pruning' ? `a prune that was killed took generation ${number} out of view` : `generation ${number} was pruned and not deleted to the end`;
    return leftover(ref, { code: 'half-pruned', path, message }, { op: 'clear-leftovers', ref });
  });
}

/** With a damaged journal, any generation may have been shown. */
function examineGenerations(ref: ProfileRef, entries: readonly JournalEntry[], isDoubtful: boolean): ProfileFinding[] {
  const published = new Set(entries.map((entry) => entry.generation));
  const current = entries.at(-1)?.generation ?? null;
  return existingGenerations(ref).flatMap((number) => [...examineGeneration(ref, number, { isPublished: isDoubtful || published.has(number), isCurrent: number === current })]);
}

function examineGeneration(ref: ProfileRef, number: number, { isPublished, isCurrent }: { readonly isPublished: boolean; readonly isCurrent: boolean }): readonly ProfileFinding[] {
  const tree = generation(ref.home, ref.name, number);
  const intact = isCurrent ? intactGeneration(ref, number) : null;
  const hint = !isCurrent ? `${BACKUP}; or prune the generation` : intact === null ? BACKUP : `${BACKUP}; or show another one: nox-profile switch ${intact} -p ${shellWord(selectorOf(ref))}`;
  return guarded({ code: 'generation-damaged', path: tree, hint }, () => {
    const manifest = readManifest(tree);
    if (manifest.number !== number) return [damage({ code: 'generation-damaged', path: manifestFile(tree), message: `it says it is of generation ${manifest.number}` }, hint)];
    if (!isPublished) {
      if (!isGone(manifest.owner)) return [];
      if (!isAbandoned(ref, number)) return [damage({ code: 'generation-damaged', path: tree, message: `the journal does not know generation ${number}, and it has the only copy of files that nox did not install` }, `save what is yours, or show it: nox-profile switch ${number} -p ${shellWord(selectorOf(ref))}`)];
      const message = `generation ${number} was built and never shown: its command was killed`;
      return [leftover(ref, { code: 'abandoned-generation', path: tree, message }, { op: 'remove-generation', ref, number })];
    }
    const gone = manifest.packages.filter((pkg) => statusFollowed(packagePath(pkg)) === null);
    const findings = gone.map((pkg) => damage(
      { code: 'package-gone', path: packagePath(pkg), message: `generation ${number}${isCurrent ? ', the current one,' : ''} uses ${pkg.id}, which is gone from ${pkg.store}` },
      isCurrent ? `bring the package back, or: nox-profile del ${shellWord(pkg.id)} -p ${shellWord(selectorOf(ref))}` : 'bring the package back, or prune the generation; what is in quarantine tells: nox-store doctor',
    ));
    const farm = readFarm(tree);
    if (!isCurrent) return findings;
    return [...findings, ...examineFarm(ref, farm, { tree, gone: new Set(gone.map(packagePath)), isRelease: manifest.kind === 'release' }), ...examinePrograms(ref, tree)];
  });
}

/** What the journal says is shown, and the link that must agree. With a damaged journal, only a person can say what was shown. */
function examineShown(ref: ProfileRef, last: JournalEntry | null, isDoubtful: boolean): ProfileFinding[] {
  if (last === null || isDoubtful) return [];
  const { home, name } = ref;
  const link = profileLink(home, name);
  const findings: ProfileFinding[] = [];
  if (last.generation === null) {
    const text = last.link ?? '';
    if (realPath(resolve(home, text)) === null) findings.push(damage({ code: 'linked-gone', path: link, message: `what it links to, ${text}, is gone` }, linkGone(ref, text, null).hint ?? BACKUP));
  } else findings.push(...examineCurrent(ref, last.generation));
  const found = status(link);
  if (found !== null && found.type !== 'symlink') return [...findings, damage({ code: 'link-blocked', path: link, message: `a ${found.type} is in the place of its link` }, `move it away, then: ${repairCommand(ref)}`)];
  const text = last.generation === null ? last.link : generationLinkText(name, last.generation);
  const shown = readLinkIfAny(link);
  if (shown === text) return findings;
  const message = shown === null ? 'the link of the profile is missing' : `the link of the profile leads to ${shown}, and its journal says ${text ?? ''}`;
  return [...findings, repairable(ref, { code: 'link-wrong', path: link, message }, { op: 'settle-link', ref })];
}

function examineCurrent(ref: ProfileRef, current: number): ProfileFinding[] {
  const tree = generation(ref.home, ref.name, current);
  if (status(tree) !== null || readWithdrawn(ref).some(({ number, stage }) => number === current && stage === 'pruning')) return [];
  const intact = existingGenerations(ref).filter((number) => isIntact(generation(ref.home, ref.name, number))).at(-1);
  const found = { code: 'generation-missing', path: tree, message: `generation ${current}, the current one, is gone` } as const;
  if (intact === undefined) return [damage(found, BACKUP)];
  return [{ ...repairable(ref, found, { op: 'show', ref, number: intact }), hint: `${BACKUP}; or show generation ${intact} instead: ${repairCommand(ref)}` }];
}

function isIntact(tree: string): boolean {
  return wholeManifest(tree)?.packages.every((pkg) => statusFollowed(packagePath(pkg)) !== null) ?? false;
}

function examineStaging(ref: ProfileRef, now: Date): ProfileFinding[] {
  return abandonedEntries(staging(ref.home, ref.name), now).map((path) =>
    leftover(ref, { code: 'leftover-staging', path, message: 'a command that was killed left it' }, { op: 'clear-leftovers', ref }));
}

function examineLock(ref: ProfileRef, now: Date): ProfileFinding[] {
  if (!isLockAbandoned(ref.home, ref.name, now)) return [];
  return [leftover(ref, { code: 'stale-lock', path: lockDirectory(ref.home, ref.name), message: 'the lock of a command that is gone' }, { op: 'break-lock', ref })];
}
