import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../context.js';
import { type ChangeState, NoxError, orNull, quoted, withState } from '../errors.js';
import { interruptible, type Pause } from '../interrupt.js';
import { makeDirectories } from '../fs/change.js';
import { status } from '../fs/disk.js';
import { thisProcess } from '../fs/owner.js';
import { keepReserve } from '../fs/reserve.js';
import { generations, homeReserve, journal, journalEntry, lockTarget, staging } from '../layout.js';
import { type JournalEntry, popEntry, pushEntry, replaceEntry, type Shown, type Stamp } from '../profile/journal.js';
import { appendEntry, readEntry, readLastEntry } from '../profile/io/journal.js';
import { withLock } from '../profile/io/lock.js';
import { lossOf, lostEntries, refuseLost } from '../profile/io/lost-journal.js';
import { type GenerationPlan, isShown, type Published, publishGeneration, refuseForeign, settleLink, type Unpublished } from '../profile/io/publish.js';
import { onlyCopies } from '../profile/io/only-copies.js';
import { existingGenerations } from '../profile/io/generations.js';
import { type ProfileRef, type ProfileState, readProfile, selectorOf } from '../profile/io/read-profile.js';
import { isDisturbed } from '../profile/io/unmanaged.js';
import { staysThere } from '../profile/io/withdraw.js';
import { clearLeftovers, withWorkshop } from '../profile/io/workshop.js';
import { syncPoint } from '../sync-point.js';
import { declareUse, leaveMissingRecords } from './declare-use.js';
import { endLeftUse } from './refresh-records.js';
import { userName } from '../user-name.js';

/** What a change wants, decided from the state that it meets. */
export type Intent =
  /** Nothing has to change. */
  | { readonly kind: 'nothing' }
  /** A new generation, on top of the history or, as one that is repaired, in the place of the last. */
  | { readonly kind: 'build'; readonly inPlace?: boolean; plan(): Promise<GenerationPlan> }
  /** An existing generation, or another profile, on top of the history. */
  | { readonly kind: 'show'; readonly shown: Shown }
  /** A journal entry made by the caller (a rollback). */
  | { readonly kind: 'entry'; readonly entry: JournalEntry };

interface ChangeOptions {
  readonly action: string;
  /** Make the profile when there is none; else that is the error `profile-removed`. */
  readonly create: boolean;
  /** Plan and refuse as always, then stop. */
  readonly dryRun: boolean;
  /** Seconds to wait for others. */
  readonly wait: number;
  /** Decides; called again when somebody else changed the profile meanwhile. `state` is `null` for a new profile. */
  decide(state: ProfileState | null, stamp: Stamp): Intent;
}

export interface ChangeOutcome {
  readonly before: ProfileState | null;
  readonly intent: Intent;
  readonly plan: GenerationPlan | null;
  /** Whether the records beside the stores were brought up to date with the change. */
  readonly isTold: boolean;
}

/**
 * One change of one profile: lock, read, plan, refuse, apply; and again from reading when another command was faster,
 * for as long as `wait` allows. Whoever gets an answer has the change in the journal.
 * @throws `busy` when others kept changing the profile; whatever `decide` and planning refuse.
 */
export async function changeProfile(context: Context, ref: ProfileRef, options: ChangeOptions): Promise<ChangeOutcome> {
  if (options.dryRun) return (await attempt(context, ref, options, null)) as ChangeOutcome;
  const tried: Tried = { entry: null };
  try {
    return await change(context, ref, options, tried);
  } catch (error) {
    throw withState(error, stateOf(ref, tried), selectorOf(ref));
  }
}

/** The journal entry that a command is about to append, or has. */
interface Tried {
  entry: JournalEntry | null;
}

/** What became of a change that ended with an error; `null` when that cannot be seen. */
function stateOf({ home, name }: ProfileRef, { entry }: Tried): ChangeState | null {
  if (entry === null) return 'unchanged';
  return orNull(() => {
    if (status(journalEntry(home, name, entry.sequence)) === null) return 'unchanged';
    const found = readEntry(home, name, entry.sequence);
    if (!isDeepStrictEqual(found, JSON.parse(JSON.stringify(entry)))) return 'unchanged';
    return isShown(home, name, found) ? 'made' : 'recorded';
  });
}

async function change(context: Context, ref: ProfileRef, options: ChangeOptions, tried: Tried): Promise<ChangeOutcome> {
  const { home, name } = ref;
  if (options.create) for (const make of [generations, journal, staging, lockTarget]) makeDirectories(make(home, name));
  else if (readLastEntry(home, name) === null) throw new NoxError('profile-removed', { name });
  const deadline = context.now().getTime() + options.wait * 1000;
  return withLock({ home, name, wait: lockWait(context, options.wait) }, async () => {
    clearLeftovers(ref, context.now());
    let disturbed = 0;
    for (;;) {
      const outcome = await attempt(context, ref, options, { tried, deadline, acceptDisturbed: disturbed === ENOUGH });
      if (typeof outcome === 'object') {
        leaveMissingRecords(context, ref, outcome.isTold);
        endLeftUse(context, ref);
        keepReserve(homeReserve(home));
        return outcome;
      }
      if (outcome === 'disturbed') {
        disturbed += 1;
        continue;
      }
      if (context.now().getTime() > deadline) {
        const lost = lostEntries(ref);
        throw lost === null ? new NoxError('busy', { profile: selectorOf(ref), seconds: options.wait }) : lossOf(ref, lost);
      }
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 50));
    }
  });
}

/** Milliseconds to wait for the lock; `null` where the user turned it off (`NOX_LOCK=off`), as on file systems that lose locks. */
export function lockWait({ environment }: Context, seconds: number): number | null {
  return environment['NOX_LOCK'] === 'off' ? null : seconds * 1000;
}

/** One try; or why another is needed. */
async function attempt(context: Context, ref: ProfileRef, options: ChangeOptions, means: Means | null): Promise<ChangeOutcome | Unpublished> {
  const { home, name } = ref;
  const before = readProfile(ref);
  if (before === null && !options.create) throw new NoxError('profile-removed', { name });
  if (before !== null && lostEntries(ref, before.last) !== null) {
    // Most often another machine has just changed the profile, and this one does not see all of it yet.
    if (means !== null) return 'overtaken';
    refuseLost(ref);
    return attempt(context, ref, options, means);
  }
  refuseForeign(home, name);
  const stamp = stampOf(context, options.action);
  const intent = options.decide(before, stamp);
  const plan = intent.kind === 'build' ? await intent.plan() : null;
  let isTold = false;
  if (means === null) return { before, intent, plan, isTold };
  const { tried, deadline, acceptDisturbed } = means;
  const last = before?.last ?? null;
  let isBuilt = false;
  // A signal during the planning ends the command at once; from here on there is something to be taken away.
  return interruptible((pause) => withWorkshop(home, name, async (workshop) => {
    const applied = await apply(intent, { workshop, pause });
    if (applied !== 'done') return applied;
    if (intent.kind !== 'nothing' || last !== null) settleLink(home, name, () => workshop);
    if (isBuilt && before !== null) await tellLeftBehind(context, before, plan as GenerationPlan);
    return { before, intent, plan, isTold };
  }));

  async function apply(what: Intent, place: Place): Promise<'done' | Unpublished> {
    switch (what.kind) {
      case 'nothing':
        return 'done';
      case 'build':
        return build(plan as GenerationPlan, place, what.inPlace === true);
      case 'show':
        return show(pushEntry(last, what.shown, stamp), place);
      case 'entry':
        return show(what.entry, place);
    }
  }

  /** Shows a generation that exists already, unless a prune that did not know of it takes it away at this moment. */
  async function show(entry: JournalEntry, { workshop, pause }: Place): Promise<'done' | Unpublished> {
    tried.entry = entry;
    syncPoint(context, 'before-entry');
    await pause();
    if (!appendEntry(home, name, entry, workshop)) return 'overtaken';
    if (entry.generation === null || last === null || (await staysThere(ref, entry.generation))) return 'done';
    appendEntry(home, name, popEntry(entry, last, stamp), workshop);
    throw new NoxError('no-such-generation', { profile: selectorOf(ref), generation: entry.generation, existing: existingGenerations(ref) });
  }

  async function build(generationPlan: GenerationPlan, place: Place, inPlace: boolean): Promise<'done' | Unpublished> {
    const shown = { generation: generationPlan.manifest.number, link: null };
    const entry = inPlace && last !== null ? replaceEntry(last, shown, stamp) : pushEntry(last, shown, stamp);
    tried.entry = entry;
    const end = await declareUse(context, { ref, manifest: generationPlan.manifest, before: heldBefore(before), deadline });
    let published: Published | null = null;
    try {
      await place.pause();
      const outcome = await publishGeneration({ home, name, entry, acceptDisturbed, progress: context.progress, ...place }, generationPlan);
      if (typeof outcome === 'string') return outcome;
      published = outcome;
    } finally {
      isTold = await end(published);
    }
    isBuilt = true;
    syncPoint(context, 'before-link');
    return 'done';
  }
}

/** Packages that a generation of this very profile holds; one that only links to another profile holds none. */
const heldBefore = (before: ProfileState | null): GenerationPlan['manifest']['packages'] => (before === null || before.generation === null ? [] : before.manifest.packages);

/** Tries that are given up because somebody puts files into the profile meanwhile; jobs that keep writing there must not hold up a change for ever. */
const ENOUGH = 2;

/**
 * Names the files that somebody put into the generation before, or changed there, while the next one was being built: until the link
 * leads to that one, whoever uses the profile writes into the former.
 */
async function tellLeftBehind(context: Context, { ref, generation: from }: ProfileState, { before, manifest: { number } }: GenerationPlan): Promise<void> {
  if (from === null || before === null || !(await isDisturbed(before))) return;
  const left = orNull(() => onlyCopies(ref, [from], [number])) ?? [];
  const [first] = left;
  if (first === undefined) return;
  const more = left.length === 1 ? '' : ` and ${left.length - 1} more`;
  context.say(`${quoted(first.path)}${more} came into generation ${from} of ${quoted(selectorOf(ref))} while generation ${number} was being built, and stayed in ${quoted(before.tree)}`);
}

/** What a try works with; none for a dry run. */
interface Means {
  readonly acceptDisturbed: boolean;
  readonly tried: Tried;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

interface Place {
  /** A directory of this process's own. */
  readonly workshop: string;
  readonly pause: Pause;
}

function stampOf(context: Context, action: string): Stamp {
  return { action, at: context.now().toISOString(), user: userName(), host: thisProcess().host };
}
