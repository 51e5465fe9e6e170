import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { type NoxResult, runCommand, binPath, type Bin } from './cli.js';
import type { Sandbox } from './sandbox.js';

/** A user by number: no account is needed for files and processes to be another's. */
export interface OtherUser {
  readonly uid: number;
  readonly home: string;
  readonly profiles: string;
  run(bin: Bin, args: readonly string[], env?: Readonly<Record<string, string>>): NoxResult;
  /** Any command as this user. */
  command(program: string, args: readonly string[]): NoxResult;
}

export const isRoot = process.getuid?.() === 0;

/** True when a user without privileges may make user namespaces here. */
export const hasUserNamespaces = runCommand('unshare', ['-Urm', 'true'], { unprivileged: true }).status === 0;

/** A user with a home of that mode below `homes/` of the sandbox. Needs root. */
export function otherUser(box: Sandbox, uid: number, mode = 0o755): OtherUser {
  const home = `${box.root}/homes/${uid}`;
  fs.mkdirSync(home, { recursive: true });
  for (const open of [box.root, `${box.root}/homes`]) fs.chmodSync(open, 0o755);
  fs.writeFileSync(`${home}/.profile`, '');
  execFileSync('chown', ['-R', `${uid}:${uid}`, home]);
  fs.chmodSync(home, mode);
  const as = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
  const environment = { ...box.environment(), HOME: home };
  return {
    uid, home, profiles: `${home}/nix/profiles`,
    run: (bin, args, env = {}) => runCommand('setpriv', [...as, binPath(bin), ...args], { env: { ...environment, ...env }, cwd: '/' }),
    command: (program, args) => runCommand('setpriv', [...as, program, ...args], { env: environment, cwd: '/' }),
  };
}
