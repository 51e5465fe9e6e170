/**
 * How a generation goes: it is renamed out of view first (`.pruning-…`), then whoever removes it looks once more whether
 * somebody claimed it meanwhile, and either puts it back or renames it again (`.pruned-…`) and deletes it. Renaming and unlinking
 * work on a full disk; where renaming needs space, the home's reserve gives it. What a killed command leaves is undecided, and comes back, or decided, and goes.
 */
import { failedWith } from '../../errors.js';
import { removeTree, rename, syncDirectory } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { hasAbandoned, type Owner, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { spendingReserve } from '../../fs/reserve.js';
import { generation, generations, homeReserve, parseWithdrawn, withdrawnGeneration } from '../../layout.js';
import type { ProfileRef } from './read-profile.js';

/** A generation out of view. */
export interface Withdrawn {
  readonly number: number;
  readonly stage: 'pruning' | 'pruned';
  readonly path: string;
  readonly owner: Owner;
}

/** Takes generations out of view, undecided; those that are gone already are left out. */
export function withdraw({ home, name }: ProfileRef, numbers: readonly number[]): Withdrawn[] {
  const owner = thisProcess();
  const taken = numbers.flatMap((number) => {
    const path = withdrawnGeneration(home, name, { stage: 'pruning', number, owner: ownedName(owner) });
    return renameIfThere(home, generation(home, name, number), path) ? [{ number, stage: 'pruning' as const, path, owner }] : [];
  });
  syncDirectory(generations(home, name));
  return taken;
}

/** Puts generations back into view. */
export function putBack({ home, name }: ProfileRef, taken: readonly Withdrawn[]): void {
  for (const { number, path } of taken) renameIfThere(home, path, generation(home, name, number));
}

/** Decides that generations go: from here on nothing brings them back. Returns them where they are now. */
export function condemnWithdrawn({ home, name }: ProfileRef, taken: readonly Withdrawn[]): Withdrawn[] {
  const decided = taken.map(({ number, path, owner }): Withdrawn => {
    const pruned = withdrawnGeneration(home, name, { stage: 'pruned', number, owner: ownedName(owner) });
    spendingReserve(homeReserve(home), () => rename(path, pruned));
    return { number, stage: 'pruned', path: pruned, owner };
  });
  // Before anything of them is deleted: half a generation must not come back after a power cut.
  syncDirectory(generations(home, name));
  return decided;
}

/** All generations out of view. */
export function readWithdrawn({ home, name }: ProfileRef): Withdrawn[] {
  const directory = generations(home, name);
  return (readDirectoryIfAny(directory) ?? []).flatMap((entry) => {
    const found = parseWithdrawn(entry.name);
    const owner = found === null ? null : ownerOfName(found.owner);
    return found === null || owner === null ? [] : [{ ...found, path: `${directory}/${entry.name}`, owner }];
  });
}

/** Those whose command was killed, or is on another machine and silent for a week. */
export function abandonedWithdrawn(ref: ProfileRef, now: Date): Withdrawn[] {
  return readWithdrawn(ref).filter(({ owner, path }) => hasAbandoned(owner, status(path)?.ctimeMs, now));
}

/** Finishes what killed commands left: undecided generations come back, decided ones go. */
export function clearWithdrawn(ref: ProfileRef, now: Date): void {
  for (const left of abandonedWithdrawn(ref, now)) {
    if (left.stage === 'pruning') putBack(ref, [left]);
    else removeTree(left.path);
  }
}

/** Milliseconds in which a prune decides. */
const DECISION = 5000;
const POLL = 20;

/**
 * True when a generation is there, after it was claimed: waits for a prune that has it out of view, which puts it back when it has
 * not looked for claims yet.
 */
export async function staysThere(ref: ProfileRef, number: number): Promise<boolean> {
  const there = (): boolean => status(generation(ref.home, ref.name, number)) !== null;
  const undecided = (): boolean => readWithdrawn(ref).some((one) => one.number === number && one.stage === 'pruning');
  for (const deadline = Date.now() + DECISION; !there() && undecided() && Date.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return there();
}

function renameIfThere(home: string, from: string, to: string): boolean {
  try {
    spendingReserve(homeReserve(home), () => rename(from, to));
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return false;
    throw error;
  }
}
