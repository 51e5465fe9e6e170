import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { fromBytes, toBytes } from './bytes.js';
import { readFileCapped, readLinkIfAny } from './disk.js';
import { hasErrno } from './errno.js';
import { sha256 } from './sha256.js';

/** Identifies one process for good: a reused process number, a reboot or another container is told apart. */
export interface Owner {
  readonly host: string;
  /** Eight characters for the boot, after eight for the machine where that has a number (machine-id(5)): of two of one name, as two clusters have, neither can judge the other. */
  readonly bootId: string;
  /** Inode of the process's pid namespace. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Clock ticks after boot at which it started. */
  readonly startTime: string;
}

const readText = (path: string): string | null => {
  const bytes = readFileCapped(path, 4096, { follow: true });
  return Buffer.isBuffer(bytes) ? fromBytes(bytes).trim() : null;
};

/** Whether /proc shows the processes of this pid namespace: in one that was made without a mount of its own, a number there is somebody else. */
const isOwnProc = (): boolean => (ownProc ??= readLinkIfAny('/proc/self') === String(process.pid));
let ownProc: boolean | null = null;

/** State and start time of a process, fields 3 and 22 of proc(5) stat; `null` when there is none to be seen. */
function statOf(pid: number | 'self'): { readonly state: string; readonly startTime: string } | null {
  if (pid !== 'self' && !isOwnProc()) return null;
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: fields[19] ?? '0' };
}

let place: Pick<Owner, 'bootId' | 'pidNamespace'> | null = null;

const BOOT = 8;

function bootId(): string {
  const boot = readText('/proc/sys/kernel/random/boot_id');
  if (boot === null) return 'unknown';
  const machine = readText('/etc/machine-id') ?? '';
  // The number itself is not for others to see.
  return `${/^[0-9a-f]{32}$/.test(machine) ? sha256(toBytes(`nox ${machine}`)).slice(0, BOOT) : ''}${boot.slice(0, BOOT)}`;
}

const bootOf = ({ bootId: id }: Owner): string => id.slice(-BOOT);
const machineOf = ({ bootId: id }: Owner): string => id.slice(0, -BOOT);

/** The owner record of this very process. */
export function thisProcess(): Owner {
  place ??= {
    bootId: bootId(),
    pidNamespace: /\d+/.exec(readLinkIfAny('/proc/self/ns/pid') ?? '')?.[0] ?? '0',
  };
  return { host: hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-') || 'localhost', ...place, pid: process.pid, startTime: statOf('self')?.startTime ?? '0' };
}

/** True when this machine can see that the process is gone; false when it lives or cannot be judged from here. */
export function isGone(owner: Owner): boolean {
  const here = thisProcess();
  if (owner.host !== here.host || owner.bootId === 'unknown') return false;
  if (bootOf(owner) !== bootOf(here)) return machineOf(owner) !== '' && machineOf(owner) === machineOf(here);
  return owner.pidNamespace === here.pidNamespace && !isRunning(owner);
}

/** Milliseconds without a change after which what a process left is taken for abandoned, on whatever machine the process was. */
export const ABANDONED_AFTER = 7 * 24 * 3600 * 1000;

/** True when the owner's work, last changed at `changed` (milliseconds; absent: it is no longer there), has nobody who will finish it. */
export const hasAbandoned = (owner: Owner, changed: number | undefined, now: Date): boolean => isGone(owner) || now.getTime() - (changed ?? now.getTime()) > ABANDONED_AFTER;

/** True when this process can see whether the owner runs: same machine, same boot, same container. */
export function isHere(owner: Owner): boolean {
  const here = thisProcess();
  return owner.host === here.host && owner.bootId !== 'unknown' && bootOf(owner) === bootOf(here) && owner.pidNamespace === here.pidNamespace;
}

/** True when this process sees the owner run. */
export const isSeen = (owner: Owner): boolean => isHere(owner) && isItself(owner, statOf(owner.pid));

/** Of a process that runs on this machine: what tells it from another of its number; `null` when there is none to be seen. */
export function processAt(pid: number): Pick<Owner, 'pid' | 'startTime'> | null {
  const found = statOf(pid);
  return found === null ? null : { pid, startTime: found.startTime };
}

const isItself = ({ startTime }: Owner, found: ReturnType<typeof statOf>): boolean => found !== null && found.state !== 'Z' && found.startTime === startTime;

/** Where /proc hides the processes of others (hidepid), one that exists is taken for the owner. */
function isRunning(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (hasErrno(error, 'ESRCH')) return false;
    if (!hasErrno(error, 'EPERM')) throw error;
  }
  const found = statOf(owner.pid);
  return found === null || isItself(owner, found);
}

/** A new file name that tells its owner; {@link ownerOfName} reads it. */
export function ownedName(owner: Owner): string {
  const { host, bootId, pidNamespace, pid, startTime } = owner;
  return [host, bootId, pidNamespace, pid, startTime, randomBytes(6).toString('hex')].join('~');
}

/** The owner told by a name that {@link ownedName} made, else `null`. */
export function ownerOfName(name: string): Owner | null {
  const parts = /^([A-Za-z0-9.-]+)~([0-9a-z]+)~(\d+)~(\d+)~(\d+)~[0-9a-f]{12}$/.exec(name);
  if (parts === null) return null;
  const [, host, bootId, pidNamespace, pid, startTime] = parts as unknown as [string, string, string, string, string, string];
  return { host, bootId, pidNamespace, pid: Number(pid), startTime };
}
