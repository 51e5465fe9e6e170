import * as path from 'node:path';
import { pathOf, profileHomeOf, releaseHomesOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { existingAbove, isWritable, readDirectoryIfAny, status, statusFollowed } from '../fs/disk.js';
import { nearest } from '../nearest.js';
import { adHocRecords, packRecord, profileLink, profileState, profileStates } from '../layout.js';
import { readAdHoc } from '../profile/io/ad-hoc.js';
import { readLastEntry } from '../profile/io/journal.js';
import { lostEntries } from '../profile/io/lost-journal.js';
import { type ProfileRef, type ProfileState, readProfile } from '../profile/io/read-profile.js';
import { parseProfileName } from '../profile/name.js';
import { isInHome, placeProblem } from './refuse-place.js';

/** How a command line names a profile. */
export interface ProfileSelection {
  /** The positional NAME. */
  readonly name?: string | undefined;
  /** `-p`. */
  readonly profile?: string | undefined;
  /** `--profiles`. */
  readonly profiles?: string | undefined;
}

/** The profile that is used when nothing names one. */
const DEFAULT_PROFILE = 'default';

/** Reads the profile named, see {@link locateProfile}. @throws `no-such-profile`, `damaged`, `not-a-profile`. */
export function openProfile(context: Context, selection: ProfileSelection): ProfileState {
  const found = findProfile(context, selection);
  if (found.state === null) throw missingProfile(context, found.ref, selection);
  return found.state;
}

/**
 * Like {@link openProfile}, but the profile `default` need not exist: `null` then, and `ref` says where it would be. `way`: what helps where another
 * one does not exist; to make it helps a command that goes on with an empty profile.
 */
export function openOrDefault(context: Context, selection: ProfileSelection, way: 'make' | 'look' = 'look'): { readonly ref: ProfileRef; readonly state: ProfileState | null } {
  const found = findProfile(context, selection);
  if (found.state === null && found.ref.name !== DEFAULT_PROFILE) throw missingProfile(context, found.ref, selection, way);
  return found;
}

/**
 * Like {@link openProfile}, but a profile named by a name need not exist: `null` then, and `ref` says where it is to be made. A path, or
 * the name of an ad-hoc profile that is gone, is an error, since only `new` makes those.
 */
export function findOrMakeable(context: Context, selection: ProfileSelection): { readonly ref: ProfileRef; readonly state: ProfileState | null } {
  const found = findProfile(context, selection);
  const makeable = found.ref.called === undefined && found.ref.home === profileHomeOf(context, selection);
  if (found.state === null && !makeable) throw missingProfile(context, found.ref, selection, 'make');
  return found;
}

interface Found {
  readonly ref: ProfileRef;
  readonly state: ProfileState | null;
}

/** Where the selection leads; `state` is `null` when no such profile exists. */
export function findProfile(context: Context, selection: ProfileSelection): Found {
  const ref = locateProfile(context, selection);
  return { ref, state: readProfile(ref) };
}

/**
 * The profile that the selection names, without reading what it shows: the first place that has one, else where it would be. A
 * name is looked for in the profile home, among its ad-hoc profiles, then among the releases.
 */
export function locateProfile(context: Context, selection: ProfileSelection): ProfileRef {
  const text = selectedText(context, selection);
  if (text.includes('/')) return refOfPath(pathOf(context, text));
  const name = parseProfileName(text);
  const own = { home: profileHomeOf(context, selection), name };
  if (exists(own)) return own;
  const elsewhere = readAdHoc(own.home, name);
  if (elsewhere !== null) return { ...refOfPath(elsewhere.path), called: name };
  return releaseHomesOf(context).map((home) => ({ home, name })).find(exists) ?? own;
}

/** Whether there is a profile, be its journal lost. */
const exists = (ref: ProfileRef): boolean => readLastEntry(ref.home, ref.name) !== null || lostEntries(ref, null) !== null;

function selectedText(context: Context, { name, profile }: ProfileSelection): string {
  if (name !== undefined && profile !== undefined && name !== profile) {
    throw new NoxError('usage', { problem: `two profiles are named, "${name}" and with -p "${profile}"`, command: null });
  }
  return name ?? profile ?? (context.environment['NOX_PROFILE'] || DEFAULT_PROFILE);
}

/** The profile whose link is at that absolute path. */
export function refOfPath(text: string): ProfileRef {
  const absolute = path.resolve('/', text);
  if (absolute.includes(':')) throw new NoxError('colon-in-path', { path: absolute });
  return { home: path.dirname(absolute), name: parseProfileName(path.basename(absolute)), called: absolute };
}

/** Why there is no profile, with what helps: where that may be to make it, `way` says so. */
export function missingProfile(context: Context, ref: ProfileRef, selection: ProfileSelection, way: 'make' | 'look' = 'look'): NoxError {
  const { home, name, called } = ref;
  const link = profileLink(home, name);
  if (isPack(link)) return new NoxError('is-a-pack', { path: link, isActive: selection.name === undefined && selection.profile === undefined });
  if (called !== undefined && !called.includes('/')) {
    // What a killed `new` left goes on with another one.
    return new NoxError('no-such-profile', { name: called, home, path: link, nearest: null, way: status(profileState(home, name)) === null ? 'forget' : 'make' });
  }
  if (status(link) !== null) return new NoxError('not-a-profile', { path: link, problem: 'something else has its name' });
  if (called !== undefined) return way === 'make' ? missingAt(context, ref, selection) : new NoxError('no-such-profile', { name, home, path: isInHome(context, ref, selection) ? null : link, nearest: null, way });
  const names = [home, ...releaseHomesOf(context)].flatMap(profileNames);
  return new NoxError('no-such-profile', { name, home, path: null, nearest: nearest(name, names), way });
}

/** That nothing is at a path; it is to be made there where the command for that would succeed. */
function missingAt(context: Context, ref: ProfileRef, flags: ProfileSelection): NoxError {
  const { home, name } = ref;
  const own = { home: profileHomeOf(context, flags), name };
  const isOwn = isInHome(context, ref, flags);
  const isPossible = (): boolean => isOwn || (placeProblem(context, ref, flags) === null && isWritable(existingAbove(home)));
  const way = !exists(own) && readAdHoc(own.home, name) === null && isPossible() ? 'make' : 'look';
  return new NoxError('no-such-profile', { name, home, path: isOwn ? null : profileLink(home, name), nearest: null, way });
}

const isPack = (path: string): boolean => statusFollowed(`${path}/${packRecord}`) !== null;

/** Names of the profiles of a home, its registered ad-hoc ones included; unsorted. */
export function profileNames(home: string): string[] {
  const visible = (directory: string): string[] => (readDirectoryIfAny(directory) ?? []).map((entry) => entry.name).filter((name) => !name.startsWith('.'));
  const own = visible(profileStates(home));
  const adHoc = visible(adHocRecords(home)).map((name) => name.replace(/\.json$/, ''));
  return [...new Set([...own, ...adHoc])];
}
