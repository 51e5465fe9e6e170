import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { fromBytes } from './bytes.js';
import { readFileCapped, readLinkIfAny } from './disk.js';

/** Identifies one process for good: a reused process number, a reboot or another container is told apart. */
export interface Owner {
  readonly host: string;
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

/** Start time of a process of this pid namespace, `null` when there is none. Field 22 of proc(5) stat. */
function startTimeOf(pid: number | 'self'): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}

/** The owner record of this very process. */
export function thisProcess(): Owner {
  return {
    host: hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-') || 'localhost',
    bootId: (readText('/proc/sys/kernel/random/boot_id') ?? 'unknown').slice(0, 8),
    pidNamespace: /\d+/.exec(readLinkIfAny('/proc/self/ns/pid') ?? '')?.[0] ?? '0',
    pid: process.pid,
    startTime: startTimeOf('self') ?? '0',
  };
}

/** True when this machine can see that the process is gone; false when it lives or cannot be judged from here. */
export function isGone(owner: Owner): boolean {
  const here = thisProcess();
  if (owner.host !== here.host || owner.bootId === 'unknown') return false;
  if (owner.bootId !== here.bootId) return true;
  return owner.pidNamespace === here.pidNamespace && startTimeOf(owner.pid) !== owner.startTime;
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
