import { execFileSync } from 'node:child_process';
import { fromBytes } from '../../fs/bytes.js';
import { readFileCapped } from '../../fs/disk.js';
import { userName } from '../../user-name.js';

interface Account {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
}

interface Accounts {
  readonly all: readonly Account[];
  /** Why some may be missing. */
  readonly problem: string | null;
}

let known: Accounts | null = null;

const asked = (): Accounts => (known ??= readAccounts());

/**
 * Every account that the system knows and lists: `getent passwd`, which asks directories such as LDAP too where they may be
 * listed, else /etc/passwd.
 */
export const accounts = (): readonly Account[] => asked().all;

/** Why those accounts may not be all: a directory that does not answer. */
export const accountsProblem = (): string | null => asked().problem;

function readAccounts(): Accounts {
  try {
    return { all: parsePasswd(fromBytes(execFileSync('getent', ['passwd'], { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 256 << 20 }))), problem: null };
  } catch (error) {
    const bytes = readFileCapped('/etc/passwd', 64 << 20, { follow: true });
    const { code, status } = error as { readonly code?: string; readonly status?: number };
    // A system without getent has no directory that it would ask.
    return { all: parsePasswd(Buffer.isBuffer(bytes) ? fromBytes(bytes) : ''), problem: code === 'ENOENT' ? null : `"getent passwd" failed${status === undefined ? '' : ` with exit ${status}`}` };
  }
}

/** The accounts of a text in the form of passwd(5). Lines that are not of it are passed over. */
function parsePasswd(text: string): Account[] {
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
