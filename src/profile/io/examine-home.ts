import { dirname, resolve } from 'node:path';
import { isAnyNoxError, isNoxError } from '../../errors.js';
import { readDirectoryIfAny, readLinkIfAny, status } from '../../fs/disk.js';
import { isGone, ownerOfName } from '../../fs/owner.js';
import { readSealed } from '../../fs/sealed.js';
import { adHocRecord, adHocRecords, homeRecord, homeState, intents, leases, pins, trash } from '../../layout.js';
import { BACKUP, type ProfileFinding } from './finding.js';
import { parseProfileName } from '../name.js';
import { isAdHocThere, readAdHoc } from './ad-hoc.js';
import { PIN_STALE_AFTER } from './claims.js';
import { readHomeRecord } from './home.js';
import { intentKind } from './intent.js';
import { isLive, leaseKind } from './lease.js';

const REPAIR = 'nox-profile doctor --repair';
/** Milliseconds after which a half-written record of another machine is taken for abandoned. */
const ABANDONED = 7 * 24 * 3600 * 1000;

/** What is wrong with a profile home itself: its record, leases, pins, intents, registrations and trash. Nothing is thrown for it. */
export function examineHome(home: string, now: Date): ProfileFinding[] {
  if (status(homeState(home)) === null) return [];
  return [
    ...examineRecord(home),
    ...entriesOf(leases(home)).flatMap((name) => examineLease(`${leases(home)}/${name}`, name, now)),
    ...entriesOf(pins(home)).flatMap((name) => examinePin(`${pins(home)}/${name}`, name, now)),
    ...entriesOf(intents(home)).flatMap((name) => examineIntent(home, name)),
    ...entriesOf(trash(home)).flatMap((name) => examineTrash(home, name, now)),
    ...entriesOf(adHocRecords(home)).filter((name) => name.endsWith('.json')).flatMap((name) => examineAdHoc(home, name.slice(0, -'.json'.length))),
  ];
}

/** Runs a check; an error of it is a finding itself, and what may not be read is told as that. */
export function guarded(finding: Pick<ProfileFinding, 'code' | 'path' | 'hint'>, check: () => readonly ProfileFinding[]): readonly ProfileFinding[] {
  try {
    return check();
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    if (isNoxError(error, 'not-permitted')) return [{ code: 'unreadable', path: error.data.path, message: error.message, hint: error.hint ?? 'ask its owner for permission to read it', damage: true, repair: null }];
    return [{ ...finding, message: error.message, damage: true, repair: null }];
  }
}

const entriesOf = (directory: string): string[] => (readDirectoryIfAny(directory) ?? []).map(({ name }) => name).sort();

function examineRecord(home: string): readonly ProfileFinding[] {
  const path = homeRecord(home);
  return guarded({ code: 'unreadable', path, hint: `${BACKUP}, or remove it and run: ${REPAIR}` }, () => {
    if (readHomeRecord(home) !== null) return [];
    return [{ code: 'home-record-missing', path, message: 'the record that identifies the profile home is missing', hint: REPAIR, damage: true, repair: { op: 'make-home', home } }];
  });
}

function examineLease(path: string, name: string, now: Date): readonly ProfileFinding[] {
  if (!name.endsWith('.json')) return isOld(path, now) ? [staleLease(path, 'a lease that was never finished')] : [];
  return guarded({ code: 'lease-damaged', path, hint: 'when no command or job can be using it any longer, remove it' }, () => {
    const lease = readSealed(leaseKind, path);
    if (lease === null || isLive(lease, now)) return [];
    const whose = lease.job === null ? `process ${lease.pid} on ${lease.host}` : `job ${lease.job}`;
    return [staleLease(path, `the lease of ${whose} on generation ${lease.generation} is over`)];
  });
}

const staleLease = (path: string, message: string): ProfileFinding => ({ code: 'stale-lease', path, message, hint: REPAIR, damage: false, repair: { op: 'drop-lease', path } });

function examinePin(path: string, name: string, now: Date): readonly ProfileFinding[] {
  const problem = pinProblem(path, now);
  if (problem === null) return [];
  return [{ code: 'stale-pin', path, message: `the pin ${name} ${problem}`, hint: REPAIR, damage: false, repair: { op: 'drop-pin', path } }];
}

/** Why a pin is of no use any longer, or `null`. */
export function pinProblem(path: string, now: Date): string | null {
  const found = status(path);
  if (found === null) return null;
  if (now.getTime() - found.mtimeMs > PIN_STALE_AFTER) return 'is older than 30 days';
  const text = readLinkIfAny(path);
  if (text === null) return null;
  return status(resolve(dirname(path), text)) === null ? 'names a generation that is gone' : null;
}

function examineIntent(home: string, name: string): readonly ProfileFinding[] {
  const path = `${intents(home)}/${name}`;
  const owner = ownerOfName(name.replace(/^\./, ''));
  if (owner !== null && isGone(owner)) {
    return [{ code: 'stale-intent', path, message: 'a command declared it that was killed, or could not bring all records up to date', hint: REPAIR, damage: false, repair: { op: 'clear-intents', home } }];
  }
  if (name.startsWith('.') || owner === null) return [];
  return guarded({ code: 'intent-damaged', path, hint: 'when no command is running, remove it' }, () => {
    readSealed(intentKind, path);
    return [];
  });
}

function examineTrash(home: string, name: string, now: Date): readonly ProfileFinding[] {
  const path = `${trash(home)}/${name}`;
  const owner = ownerOfName(name);
  if (owner === null || !(isGone(owner) || isOld(path, now))) return [];
  return [{ code: 'leftover-trash', path, message: 'a removed profile was not deleted to the end', hint: REPAIR, damage: false, repair: { op: 'clear-trash', home } }];
}

function examineAdHoc(home: string, text: string): readonly ProfileFinding[] {
  const path = adHocRecord(home, text);
  return guarded({ code: 'ad-hoc-damaged', path, hint: `remove it, and register the profile again: nox-profile register PATH --name ${text}` }, () => {
    const record = readAdHoc(home, parseProfileName(text));
    if (record === null || isAdHocThere(record)) return [];
    return [{
      code: 'ad-hoc-gone', path: record.path, message: `the ad-hoc profile "${text}" is not there: not mounted, or removed by hand`,
      hint: `nox-profile register --forget ${text}`, damage: true, repair: null,
    }];
  });
}

const isOld = (path: string, now: Date): boolean => now.getTime() - (status(path)?.mtimeMs ?? now.getTime()) > ABANDONED;
