import { basename, dirname, resolve } from 'node:path';
import { stateOfPin } from '../../env/io/job-queue.js';
import { isAnyNoxError, isNoxError, orNull } from '../../errors.js';
import { readDirectoryIfAny, readLinkIfAny, status } from '../../fs/disk.js';
import { ABANDONED_AFTER, isGone, ownerOfName } from '../../fs/owner.js';
import { readSealed } from '../../fs/sealed.js';
import { adHocRecord, adHocRecords, homeRecord, homeState, intents, leases, pins, profileStates, trash } from '../../layout.js';
import { shellWord } from '../../shell-word.js';
import { BACKUP, type ProfileFinding } from './finding.js';
import { parseProfileName } from '../name.js';
import { isAdHocThere, readAdHoc } from './ad-hoc.js';
import { PIN_STALE_AFTER } from '../../env/io/pin-record.js';
import { readHomeRecord } from './home.js';
import { intentKind } from './intent.js';
import { isLive, leaseKind } from './lease.js';


/** A profile home that is looked at. */
interface Looked {
  readonly home: string;
  readonly now: Date;
  /** The command that repairs it. */
  readonly command: string;
}

/**
 * What is wrong with a profile home itself: its record, leases, pins, intents, registrations and trash; `command` repairs it. Nothing is
 * thrown for it.
 */
export function examineHome(looked: Looked): ProfileFinding[] {
  const { home } = looked;
  if (status(homeState(home)) === null) return [];
  return [
    ...examineRecord(looked),
    ...entriesOf(leases(home)).flatMap((name) => examineLease(looked, name)),
    ...entriesOf(pins(home)).flatMap((name) => examinePin(looked, name)),
    ...entriesOf(intents(home)).flatMap((name) => examineIntent(looked, name)),
    ...entriesOf(trash(home)).flatMap((name) => examineTrash(looked, name)),
    ...entriesOf(profileStates(home)).filter((name) => !name.startsWith('.') && orNull(() => parseProfileName(name)) === null).map((name) => stray(`${profileStates(home)}/${name}`)),
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

function examineRecord({ home, command }: Looked): readonly ProfileFinding[] {
  const path = homeRecord(home);
  return guarded({ code: 'unreadable', path, hint: `${BACKUP}, or remove it and run: ${command}` }, () => {
    if (readHomeRecord(home) !== null) return [];
    return [{ code: 'home-record-missing', path, message: 'the record that identifies the profile home is missing', hint: command, damage: true, repair: { op: 'make-home', home } }];
  });
}

function examineLease(looked: Looked, name: string): readonly ProfileFinding[] {
  const { home, now } = looked;
  const path = `${leases(home)}/${name}`;
  if (!name.endsWith('.json')) return isOld(path, now) ? [staleLease(looked, path, 'a lease that was never finished')] : [];
  return guarded({ code: 'lease-damaged', path, hint: 'when no command or job can be using it any longer, remove it' }, () => {
    const lease = readSealed(leaseKind, path);
    if (lease === null || isLive(lease, now)) return [];
    const whose = lease.job === null ? `process ${lease.pid} on ${lease.host}` : `job ${lease.job}`;
    return [staleLease(looked, path, `the lease of ${whose} on generation ${lease.generation} is over`)];
  });
}

const staleLease = ({ command }: Looked, path: string, message: string): ProfileFinding => ({ code: 'stale-lease', path, message, hint: command, damage: false, repair: { op: 'drop-lease', path } });

function examinePin({ home, now, command }: Looked, name: string): readonly ProfileFinding[] {
  const path = `${pins(home)}/${name}`;
  const problem = pinProblem(path, now);
  if (problem === null) return [];
  return [{ code: 'stale-pin', path, message: `the pin ${name} ${problem}`, hint: command, damage: false, repair: { op: 'drop-pin', path } }];
}

/** Why a pin is of no use any longer, or `null`. */
export function pinProblem(path: string, now: Date): string | null {
  const found = status(path);
  if (found === null) return null;
  if (now.getTime() - found.mtimeMs > PIN_STALE_AFTER) return 'is older than 30 days';
  const text = readLinkIfAny(path);
  if (text === null) return null;
  if (status(resolve(dirname(path), text)) === null) return 'names a generation that is gone';
  return stateOfPin(basename(path)) === 'over' ? 'is of a job that is over' : null;
}

function examineIntent({ home, command }: Looked, name: string): readonly ProfileFinding[] {
  const path = `${intents(home)}/${name}`;
  const owner = ownerOfName(name.replace(/^\./, ''));
  if (owner !== null && isGone(owner)) {
    return [{ code: 'stale-intent', path, message: 'a command declared it that was killed, or could not bring all records up to date', hint: command, damage: false, repair: { op: 'clear-intents', home } }];
  }
  if (name.startsWith('.') || owner === null) return [];
  return guarded({ code: 'intent-damaged', path, hint: 'when no command is running, remove it' }, () => {
    readSealed(intentKind, path);
    return [];
  });
}

function examineTrash({ home, now, command }: Looked, name: string): readonly ProfileFinding[] {
  const path = `${trash(home)}/${name}`;
  const owner = ownerOfName(name);
  if (owner === null || !(isGone(owner) || isOld(path, now))) return [];
  return [{ code: 'leftover-trash', path, message: 'a removed profile was not deleted to the end', hint: command, damage: false, repair: { op: 'clear-trash', home } }];
}

function examineAdHoc(home: string, text: string): readonly ProfileFinding[] {
  const path = adHocRecord(home, text);
  return guarded({ code: 'ad-hoc-damaged', path, hint: `remove it, and register the profile again: nox-profile register PATH --name ${shellWord(text)}` }, () => {
    const record = readAdHoc(home, parseProfileName(text));
    if (record === null || isAdHocThere(record)) return [];
    return [{
      code: 'ad-hoc-gone', path: record.path, message: `the ad-hoc profile "${text}" is not there: not mounted, or removed by hand`,
      hint: `nox-profile register --forget ${shellWord(text)}`, damage: true, repair: null,
    }];
  });
}

/** Collectors are in doubt about it: it may hold generations that somebody moved there. */
const stray = (path: string): ProfileFinding => (
  { code: 'no-profile', path, message: 'nox cannot have made this: its name is none of a profile', hint: `move it away: mv ${shellWord(path)} ${shellWord(dirname(path).replace(/\/\.nox\/profiles$/, ''))}/`, damage: true, repair: null });

const isOld = (path: string, now: Date): boolean => now.getTime() - (status(path)?.mtimeMs ?? now.getTime()) > ABANDONED_AFTER;
