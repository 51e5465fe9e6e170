import picomatch from 'picomatch';
import { isNoxError, NoxError } from '../../errors.js';
import { readDirectory, status, statusFollowed } from '../../fs/disk.js';
import type { StoreConfig } from '../../store/store-config.js';
import type { Doubt } from '../survey.js';
import { accounts, userOf } from './accounts.js';

/** Where profile homes may be, and the places that could not be looked into. */
export interface Homes {
  readonly homes: readonly string[];
  readonly doubts: readonly Doubt[];
}

/** Numbers of people's accounts; below are the system's own. */
const FIRST_PERSON = 1000;
const NOBODY = 65_534;

/** The profile homes that a store's configuration names. */
export function findHomes(survey: StoreConfig['survey']): Homes {
  if (survey === null || survey === 'records-only') return { homes: [], doubts: [] };
  return survey === 'accounts' ? homesOfAccounts() : joinHomes(survey.map(expand));
}

function joinHomes(all: readonly Homes[]): Homes {
  return { homes: [...new Set(all.flatMap((found) => found.homes))], doubts: all.flatMap((found) => found.doubts) };
}

/** `~/nix/profiles` of every account. A person's home that is not there may only be unmounted. */
function homesOfAccounts(): Homes {
  const people = accounts().filter(({ home }) => home.startsWith('/') && home !== '/' && home !== '/nonexistent');
  return joinHomes(people.map(({ user, uid, home }) => {
    const profiles = `${home}/nix/profiles`;
    return look(profiles, () => {
      if (uid >= FIRST_PERSON && uid !== NOBODY && status(home) === null) {
        return { homes: [], doubts: [{ path: profiles, reason: `the home of ${user} is not there: not mounted, or removed`, hint: `nox-store gc --forget ${user}`, user }] };
      }
      return statusFollowed(profiles) === null ? { homes: [], doubts: [] } : { homes: [profiles], doubts: [] };
    });
  }));
}

/** The directories that an absolute pattern matches, level by level, so that a closed one is noticed. */
function expand(pattern: string): Homes {
  const parts = pattern.split('/').filter((part) => part !== '');
  return descend('', parts);
}

function descend(at: string, parts: readonly string[]): Homes {
  const [part, ...rest] = parts;
  if (part === undefined) return look(at, () => (statusFollowed(at)?.type === 'directory' ? { homes: [at], doubts: [] } : { homes: [], doubts: [] }));
  if (!/[*?[]/.test(part)) return descend(`${at}/${part}`, rest);
  const matches = picomatch(part);
  return look(at, () => {
    if (statusFollowed(at || '/') === null) return { homes: [], doubts: [] };
    const names = readDirectory(at || '/').filter(({ name, type }) => matches(name) && (type === 'directory' || type === 'symlink')).map(({ name }) => name);
    return joinHomes(names.sort().map((name) => descend(`${at}/${name}`, rest)));
  });
}

function look(path: string, run: () => Homes): Homes {
  try {
    return run();
  } catch (error) {
    if (!isNoxError(error, 'not-permitted') && !isNoxError(error, 'file-system')) throw error;
    const user = ownerOfClosed(path);
    const hint = `let ${user ?? 'its owner'} run any nox-profile command that changes something, or: nox-store gc --forget ${user ?? 'USER'}`;
    return { homes: [], doubts: [{ path, reason: error.message, hint, user }] };
  }
}

/** Whose the deepest directory is that can be seen on the way to a path. */
function ownerOfClosed(path: string): string | null {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    try {
      const found = status(at);
      if (found !== null) return userOf(found.uid);
    } catch (error) {
      if (!(error instanceof NoxError)) throw error;
    }
  }
  return null;
}
