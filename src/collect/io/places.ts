import { orNull } from '../../errors.js';
import { realPath, statusFollowed } from '../../fs/disk.js';
import { homeRecord, profileStates, storeRoots } from '../../layout.js';
import { STORE_FILE } from '../../store/io/scan.js';

/**
 * Tells which entries of a store are no packages that may go, though they lie where packages do: profile homes, other stores, and what holds
 * one of `places`, directories that somebody is known to use. What cannot be looked into is left to whoever measures it.
 */
export function bystanders(places: readonly string[]): (path: string) => boolean {
  const known = [...new Set(places.flatMap(namesOf))];
  return (path) => OWN.some((own) => orNull(() => statusFollowed(own(path))) !== null) || namesOf(path).some((name) => known.some((place) => place === name || place.startsWith(`${name}/`)));
}

/** What only a profile home or a store has. */
const OWN = [homeRecord, profileStates, storeRoots, (path: string): string => `${path}/${STORE_FILE}`];

const namesOf = (path: string): string[] => [path, orNull(() => realPath(path)) ?? path];
