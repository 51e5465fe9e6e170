import { endClaims } from '../collect/io/leave-records.js';
import { place, profileHomeOf, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { isAnyNoxError, NoxError } from '../errors.js';
import { display } from '../fs/bytes.js';
import { status } from '../fs/disk.js';
import { thisProcess } from '../fs/owner.js';
import { homeState, profileLink, profileState } from '../layout.js';
import { nearest } from '../nearest.js';
import { type AdHocRecord, isAdHocThere, readAdHoc, removeAdHoc, writeAdHoc } from '../profile/io/ad-hoc.js';
import { ensureHome } from '../profile/io/home.js';
import { type ProfileRef, readProfile } from '../profile/io/read-profile.js';
import { parseProfileName, type ProfileName } from '../profile/name.js';
import { discard, readRecords, rootsDirectory } from '../store/io/root-records.js';
import { readStoreConfig } from '../store/io/scan.js';
import { missingProfile, profileNames, refOfPath } from './find-profile.js';
import { storesInUse } from './refresh-records.js';
import { isInHome } from './refuse-place.js';
import { userName } from '../user-name.js';

interface RegisterRequest {
  readonly path: string;
  /** Its name in the profile home; else the last component of its path. */
  readonly name?: string | undefined;
  readonly profiles?: string | undefined;
  readonly dryRun: boolean;
}

export interface RegisterResult {
  readonly name: string;
  readonly path: string;
  /** False after a registration was forgotten. */
  readonly registered: boolean;
  /** False when everything was so already. */
  readonly changed: boolean;
  readonly dryRun: boolean;
}

/**
 * Makes a profile outside of the profile home known there by a name, so that collection finds it.
 * @throws `no-such-profile`, `not-a-profile`, `name-registered`, `usage` for a profile of the home itself.
 */
export function registerProfile(context: Context, request: RegisterRequest): RegisterResult {
  const home = profileHomeOf(context, request);
  const ref = refOfPath(place(context, request.path));
  const path = profileLink(ref.home, ref.name);
  if (readProfile(ref) === null) throw missingProfile(context, ref, { name: request.path, profiles: request.profiles }, 'make');
  if (isInHome(context, ref, request)) {
    throw new NoxError('usage', { problem: `"${path}" lies in the profile home, where collection finds it as it is`, command: null });
  }
  const name = parseProfileName(request.name ?? ref.name);
  const older = readAdHoc(home, name);
  refuseTaken({ home, name }, older?.path ?? null, path);
  const changed = older?.path !== path;
  if (!request.dryRun) {
    if (changed) {
      ensureHome(home, context.now());
      writeAdHoc(home, { name, path, createdAt: context.now().toISOString() });
    }
    leaveRecords(context, ref);
  }
  return { name, path, registered: true, changed, dryRun: request.dryRun };
}

/** A name stands for one profile; that of a registered one stays taken while the profile is gone, since it may come back. */
function refuseTaken(own: ProfileRef, registered: string | null, path: string): void {
  const taken = readProfile(own)?.path ?? (registered === path ? null : registered);
  if (taken !== null) throw new NoxError('name-registered', { name: own.name, profile: taken, path, making: 'registration' });
}

/** Only the owner of a profile can speak for it beside the stores. The registration stands without, too. */
function leaveRecords(context: Context, ref: ProfileRef): void {
  if (status(profileState(ref.home, ref.name))?.uid !== process.getuid?.()) return;
  try {
    endClaims({ home: ref.home, user: userName(), now: context.now() }, [], [...storesInUse(ref.home)]);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    context.say(`no record of it could be left beside the stores: ${error.message}`);
  }
}

interface ForgetRequest {
  readonly name: string;
  readonly profiles?: string | undefined;
  /** Forget a profile that is still there, too. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** Forgets the registration of an ad-hoc profile that is gone. @throws `not-registered`, `still-registered`. */
export function forgetProfile(context: Context, request: ForgetRequest): RegisterResult {
  const home = profileHomeOf(context, request);
  const name = parseProfileName(request.name);
  const record = readAdHoc(home, name);
  if (record === null) throw new NoxError('not-registered', { name, home, nearest: nearest(name, registeredNames(home)) });
  const { path } = record;
  if (!request.force && isThere(record)) throw new NoxError('still-registered', { name, path });
  if (!request.dryRun) {
    removeAdHoc(home, name);
    forgetRecords(context, refOfPath(path).home);
  }
  return { name, path, registered: false, changed: true, dryRun: request.dryRun };
}

/**
 * Removes the caller's records of a profile home that is gone from beside the caller's stores. Those written on another machine
 * stay: a place local to it may have the same path.
 */
function forgetRecords(context: Context, gone: string): void {
  if (status(homeState(gone)) !== null) return;
  const { host } = thisProcess();
  for (const store of storePathOf(context, {})) {
    try {
      for (const reading of readRecords(rootsDirectory(store, readStoreConfig(store).config)) ?? []) {
        if ('record' in reading && reading.record.home === gone && reading.record.uid === process.getuid?.() && reading.record.host === host) discard(reading.path);
      }
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      context.say(`the records beside the store "${display(store)}" still name it: ${error.message}`);
    }
  }
}

function registeredNames(home: string): ProfileName[] {
  return profileNames(home).map(parseProfileName).filter((name) => readAdHoc(home, name) !== null);
}

/** What cannot be looked at counts as there. */
function isThere(record: AdHocRecord): boolean {
  try {
    return isAdHocThere(record);
  } catch (error) {
    if (isAnyNoxError(error)) return true;
    throw error;
  }
}
