import { userInfo } from 'node:os';

/** Name of the user that runs this process; the number where the node does not know the account. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
