import picomatch from 'picomatch';
import { isNoxError, NoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import { readDirectory, status, statusFollowed } from '../../fs/disk.js';
import type { StoreConfig } from '../../store/store-config.js';
import type { Doubt } from '../survey.js';
import { shellWord } from '../../shell-word.js';
import { userName } from '../../user-name.js';
import { accounts, accountsProblem, userOf } from './accounts.js';

/** Where profile homes may be, and the places that could not be looked into. */
interface Homes {
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

/** Whether a profile home is one of those that a store names. */
export function isNamed(home: string, survey: Exclude<StoreConfig['survey'], null | 'records-only'>): boolean {
  return survey === 'accounts' ? accounts().some((account) => `${account.home}/nix/profiles` === home) : survey.some((pattern) => picomatch(pattern)(home));
}

function joinHomes(all: readonly Homes[]): Homes {
  return { homes: [...new Set(all.flatMap((found) => found.homes))], doubts: all.flatMap((found) => found.doubts) };
}

/** `~/nix/profiles` of whoever owns a private store, be it collected by another user. */
export function homeOfOwner(store: string): Homes {
  return look(store, () => {
    const uid = statusFollowed(store)?.uid;
    const homes = accounts().filter((account) => account.uid === uid).map(({ home }) => `${home}/nix/profiles`);
    if (homes.length === 0 && uid !== process.getuid?.()) return unknownAccounts();
    return joinHomes(homes.map((home) => look(home, () => (statusFollowed(home) === null ? missing(home) : { homes: [home], doubts: [] }))));
  });
}

/** The doubt about accounts of which a directory that does not answer may know. */
function unknownAccounts(): Homes {
  const problem = accountsProblem();
  return { homes: [], doubts: problem === null ? [] : [{ path: '/etc/passwd', reason: `not all accounts may be known: ${problem}`, hint: 'run it again once "getent passwd" answers', user: null }] };
}

/** `~/nix/profiles` of every account. A person's home that is not there may only be unmounted. */
function homesOfAccounts(): Homes {
  const people = accounts().filter(({ home }) => home.startsWith('/') && home !== '/' && home !== '/nonexistent');
  return joinHomes([unknownAccounts(), ...people.map(({ user, uid, home }) => {
    const profiles = `${home}/nix/profiles`;
    return look(profiles, () => {
      if (uid >= FIRST_PERSON && uid !== NOBODY && status(home) === null) {
        return { homes: [], doubts: [{ path: profiles, reason: `the home of ${user} is not there: not mounted, or removed`, hint: `nox-store gc --forget ${user}`, user }] };
      }
      if (statusFollowed(profiles) !== null) return { homes: [profiles], doubts: [] };
      return uid >= FIRST_PERSON && uid !== NOBODY ? joinHomes([missing(profiles), emptyHome(home, user, profiles)]) : missing(profiles);
    });
  })]);
}

/** The directories that an absolute pattern matches, level by level, so that a closed or missing one is noticed. */
function expand(pattern: string): Homes {
  const parts = pattern.split('/').filter((part) => part !== '');
  const wild = parts.findIndex(isWild);
  const base = wild < 0 ? '' : `/${parts.slice(0, wild).join('/')}`;
  return wild < 0 ? look(pattern, () => fromPath(pattern)) : look(base, () => fromBase(pattern, base === '/' ? '' : base, parts.slice(wild)));
}

/** A home that is named must be there, since it may only be unmounted. */
function fromPath(path: string): Homes {
  if (statusFollowed(path)?.type === 'directory') return { homes: [path], doubts: [] };
  return { homes: [], doubts: [{ path, reason: 'this profile home is not there: not mounted, or removed', hint: 'mount it, or take it out of nox-store.yaml', user: null }] };
}

const isWild = (part: string): boolean => /[*?[]/.test(part);

/** What a pattern begins with must be there, with something in it: where homes are not mounted, there is nothing. */
function fromBase(pattern: string, base: string, parts: readonly string[]): Homes {
  if (matchesOf(base, parts[0] as string).length > 0) return descend(base, parts);
  const reason = `nothing in it matches "${pattern}": not mounted, or no home is left`;
  return { homes: [], doubts: [{ path: base || '/', reason, hint: 'mount it, or take the pattern out of nox-store.yaml', user: null }] };
}

function matchesOf(at: string, part: string): string[] {
  if (statusFollowed(at || '/') === null) return [];
  const matches = picomatch(part);
  return readDirectory(at || '/').filter(({ name, type }) => matches(name) && type !== 'file').map(({ name }) => name).sort(byName);
}

function descend(at: string, parts: readonly string[]): Homes {
  const [part, ...rest] = parts;
  if (part === undefined) return look(at, () => (statusFollowed(at)?.type === 'directory' ? { homes: [at], doubts: [] } : missing(at)));
  if (!isWild(part)) return descend(`${at}/${part}`, rest);
  return look(at, () => joinHomes([missing(at), ...matchesOf(at, part).map((name) => {
    const found = descend(`${at}/${name}`, rest);
    return rest.length === 0 || found.homes.length > 0 || found.doubts.length > 0 ? found : look(`${at}/${name}`, () => emptyHome(`${at}/${name}`, name, [at, name, ...rest].join('/')));
  })]));
}

const missing = (home: string): Homes => ({ homes: [], doubts: leadsNowhere(home) });

/** The doubt about a profile home on whose way a symlink leads nowhere: what it led to may only be unmounted. */
export function leadsNowhere(home: string): Doubt[] {
  for (let end = home.indexOf('/', 1); ; end = home.indexOf('/', end + 1)) {
    const at = end < 0 ? home : home.slice(0, end);
    const found = status(at);
    if (found?.type === 'symlink' && statusFollowed(at) === null) {
      const user = userOf(found.uid);
      const reason = `"${at}" is a link that leads nowhere: not mounted, or removed`;
      return [{ path: home, reason, hint: `mount what it led to, let ${user} remove the link, or: nox-store gc --forget ${user}`, user }];
    }
    if (found === null || end < 0) return [];
  }
}

/** A home without a single entry looks like the place where one is to be mounted. */
function emptyHome(home: string, user: string, profiles: string): Homes {
  const none: Homes = { homes: [], doubts: [] };
  if (user === 'lost+found' || statusFollowed(home)?.type !== 'directory' || readDirectory(home).length > 0) return none;
  return { homes: [], doubts: [{ path: profiles, reason: `${home} is empty: not mounted, perhaps`, hint: `mount it, or: nox-store gc --forget ${user}`, user }] };
}

function look(path: string, run: () => Homes): Homes {
  try {
    return run();
  } catch (error) {
    if (!isNoxError(error, 'not-permitted') && !isNoxError(error, 'file-system')) throw error;
    const user = ownerOfClosed(path);
    return { homes: [], doubts: [{ path, reason: error.message, hint: hintForClosed(path, user), user }] };
  }
}

/** The way out of the doubt about a closed place; one's own is not to be left out, since what it uses would go. */
export function hintForClosed(path: string, user: string | null): string {
  if (user === userName()) return `chmod u+rwx ${shellWord(path)}`;
  return `let ${user ?? 'its owner'} run any nox-profile command that changes something, or: nox-store gc --forget ${user ?? 'USER'}`;
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
