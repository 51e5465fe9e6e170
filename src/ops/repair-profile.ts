import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { makeDirectories, removeEntry, removeTree } from '../fs/change.js';
import { status } from '../fs/disk.js';
import { readSealed } from '../fs/sealed.js';
import { generation, journal, staging } from '../layout.js';
import type { Repair } from '../profile/io/finding.js';
import { pinProblem } from '../profile/io/examine-home.js';
import { ensureHome } from '../profile/io/home.js';
import { appendEntry, readEntries, readLastEntry } from '../profile/io/journal.js';
import { entriesAnew, putJournal, stampOfRepair } from '../profile/io/journal-anew.js';
import { isLive, leaseKind } from '../profile/io/lease.js';
import { breakLock } from '../profile/io/lock.js';
import { lostEntries } from '../profile/io/lost-journal.js';
import { lacksOf } from '../profile/io/examine-farm.js';
import { repairCommand } from '../profile/io/finding.js';
import { nextNumber, settleLink } from '../profile/io/publish.js';
import { type ProfileRef, type ProfileState, readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { clearLeftovers, clearTrash, isAbandoned, withWorkshop } from '../profile/io/workshop.js';
import { pushEntry } from '../profile/journal.js';
import { changeProfile } from './change-profile.js';
import { DEFAULT_WAIT } from './default-wait.js';
import { compositionOf } from './new-profile.js';
import { planGeneration } from './plan-generation.js';
import { endLeftUse } from './refresh-records.js';

/** Does one repair, if it is still called for. @throws `not-permitted`, `file-system`, `busy` when others change the profile. */
export async function performRepair(context: Context, repair: Repair): Promise<void> {
  const now = context.now();
  switch (repair.op) {
    case 'make-home':
      return ensureHome(repair.home, now);
    case 'drop-lease':
      return dropStaleLease(repair.path, now);
    case 'drop-pin':
      return pinProblem(repair.path, now) === null ? undefined : removeEntry(repair.path);
    case 'clear-intents':
      return endLeftUse(context, repair);
    case 'clear-trash':
      return clearTrash(repair.home, now);
    case 'clear-leftovers':
      return clearLeftovers(repair.ref, now);
    case 'restore-entries':
      return restoreEntries(repair.ref, now);
    case 'remove-generation':
      return removeUnpublished(repair.ref, repair.number);
    case 'show':
      return showInstead(context, repair.ref, repair.number);
    case 'rebuild':
      return rebuild(context, repair.ref);
    case 'settle-link':
      return withWorkshop(repair.ref.home, repair.ref.name, (workshop) => settleLink(repair.ref.home, repair.ref.name, () => workshop));
    case 'break-lock':
      return breakLock(repair.ref.home, repair.ref.name, now);
  }
}

function dropStaleLease(path: string, now: Date): void {
  const lease = path.endsWith('.json') ? readSealed(leaseKind, path) : null;
  if (lease === null || !isLive(lease, now)) removeEntry(path);
}

function removeUnpublished(ref: ProfileRef, number: number): void {
  const tree = generation(ref.home, ref.name, number);
  if (status(tree) === null || !isAbandoned(ref, number)) return;
  // Whoever is gone has written its entry or never will: so the journal is asked after the process table.
  if (!readEntries(ref.home, ref.name).some((entry) => entry.generation === number)) removeTree(tree);
}

/** Makes lost entries of a journal anew. */
async function restoreEntries(ref: ProfileRef, now: Date): Promise<void> {
  const { home, name } = ref;
  const lost = lostEntries(ref);
  if (lost === null) return;
  const entries = entriesAnew(ref, readLastEntry(home, name), lost, stampOfRepair(now));
  makeDirectories(staging(home, name));
  await withWorkshop(home, name, (workshop) => {
    const isDone = lost.lost === 'all' ? putJournal(ref, entries, workshop) : entries.every((entry) => appendEntry(home, name, entry, workshop));
    if (isDone) settleLink(home, name, () => workshop);
    else if (lostEntries(ref) !== null) throw new NoxError('damaged', { path: journal(home, name), problem: 'something is in it that is no entry of a journal' });
  });
}

/** Puts an intact generation on top of the history where the current one is lost. */
async function showInstead(context: Context, ref: ProfileRef, number: number): Promise<void> {
  const { home, name } = ref;
  await withWorkshop(home, name, (workshop) => {
    const last = readLastEntry(home, name);
    if (last === null || last.generation === null || status(generation(home, name, last.generation)) !== null) return;
    if (!appendEntry(home, name, pushEntry(last, { generation: number, link: null }, stampOfRepair(context.now())), workshop)) throw new NoxError('busy', { profile: selectorOf(ref), seconds: 0 });
    settleLink(home, name, () => workshop);
  });
}

/** Builds the current generation once more under the next number, where something of it is missing; the user's own files come along. */
async function rebuild(context: Context, ref: ProfileRef): Promise<void> {
  await changeProfile(context, ref, {
    action: 'doctor', dryRun: false, create: false, wait: DEFAULT_WAIT,
    decide(state) {
      const from = state as ProfileState;
      const { manifest: { kind }, tree } = from;
      if (from.generation === null || lacksOf(ref, readShownFarm(from), { tree, isRelease: kind === 'release' }).length === 0) return { kind: 'nothing' };
      const number = nextNumber(ref.home, ref.name, from.last);
      const resolveCommand = (): string => `move the files away, then: ${repairCommand(ref)}`;
      return { kind: 'build', inPlace: true, plan: () => planGeneration(context, { ref, kind, action: 'doctor', number, composition: compositionOf(from.manifest), from, resolveCommand }) };
    },
  });
}
