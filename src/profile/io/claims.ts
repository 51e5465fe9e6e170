import { readDirectoryIfAny, readLinkIfAny, realPath, status } from '../../fs/disk.js';
import { generation, pins } from '../../layout.js';
import { type Lease, readLeases } from './lease.js';
import type { ProfileRef } from './read-profile.js';

/** Milliseconds after which a pin is another job's: batch systems use their numbers again. */
export const PIN_STALE_AFTER = 30 * 24 * 3600 * 1000;

/** The generations of a profile that leases or pins of these homes hold. @throws `damaged` for a lease that cannot be read. */
export function claimedGenerations(ref: ProfileRef, homes: readonly string[], now: Date): Map<number, 'lease' | 'pin'> {
  const pinned = homes.flatMap((home) => pinnedTrees(home, now).map((tree) => [numberOf(ref, home, tree), 'pin'] as const));
  const leased = leasesOf(ref, homes, now).map(({ number }) => [number, 'lease'] as const);
  return new Map([...pinned.flatMap(([number, why]) => (number === null ? [] : [[number, why] as const])), ...leased]);
}

/** The leases of these homes that hold generations of a profile. @throws `damaged` for one that cannot be read. */
export function leasesOf(ref: ProfileRef, homes: readonly string[], now: Date): Array<{ readonly number: number; readonly lease: Lease }> {
  return homes.flatMap((home) => readLeases(home, now).flatMap((lease) => {
    const number = numberOf(ref, home, lease.tree);
    return number === null ? [] : [{ number, lease }];
  }));
}

/** Which of the profile's generations a tree is. Its own home may be mounted elsewhere, so there the end of the path decides. */
function numberOf(ref: ProfileRef, home: string, tree: string): number | null {
  const parts = /(?:^|\/)profiles\/([^/]+)\/generations\/(0|[1-9]\d{0,8})$/.exec(tree);
  if (parts?.[1] !== ref.name) return null;
  const number = Number(parts[2]);
  if (home === ref.home) return number;
  const physical = realPath(tree);
  return physical !== null && physical === realPath(generation(ref.home, ref.name, number)) ? number : null;
}

function pinnedTrees(home: string, now: Date): string[] {
  return (readDirectoryIfAny(pins(home)) ?? []).flatMap(({ name }) => {
    const path = `${pins(home)}/${name}`;
    const found = status(path);
    return found === null || now.getTime() - found.mtimeMs > PIN_STALE_AFTER ? [] : (readLinkIfAny(path) ?? []);
  });
}
