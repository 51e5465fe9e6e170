import { execFileSync } from 'node:child_process';
import { fromBytes } from '../../fs/bytes.js';
import { readFileCapped } from '../../fs/disk.js';
import { userName } from '../../user-name.js';

export interface Account {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
}

let known: readonly Account[] | null = null;

/**
 * Every account that the system knows and lists: `getent passwd`, which asks directories such as LDAP too where they may be
 * listed, else /etc/passwd.
 */
export function accounts(): readonly Account[] {
  known ??= parsePasswd(readPasswd());
  return known;
}

function readPasswd(): string {
  try {
    return fromBytes(execFileSync('getent', ['passwd'], { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 256 << 20 }));
  } catch {
    const bytes = readFileCapped('/etc/passwd', 64 << 20, { follow: true });
    return Buffer.isBuffer(bytes) ? fromBytes(bytes) : '';
  }
}

/** The accounts of a text in the form of passwd(5). Lines that are not of it are passed over. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [user, , uid, , , home] = line.split(':');
    return user !== undefined && user !== '' && home !== undefined && /^\d+$/.test(uid ?? '') ? [{ user, uid: Number(uid), home }] : [];
  });
}

let names: ReadonlyMap<number, string> | null = null;

/** The name of a user number, the number itself where no account has it, `null` for `null`. */
export function userOf(uid: number | null): string | null {
  // A list of all accounts may be long in coming, and most ask for themselves only.
  if (uid === process.getuid?.()) return userName();
  names ??= new Map([...accounts()].reverse().map((account) => [account.uid, account.user]));
  return uid === null ? null : (names.get(uid) ?? String(uid));
}
