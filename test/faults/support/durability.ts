import type { LoggedCall } from './intercept.js';

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/'));
const isBelow = (path: string, top: string): boolean => path === top || path.startsWith(`${top}/`);

/** What makes something visible that must be whole from then on. */
const PUBLISHING = /\/(?:generations\/\d+|journal\/\d+|home\.json|[^/]+\.json)$/;
/** Directories that must not lose an entry once a command is acknowledged. */
const LASTING = /(?:\/generations|\/journal|\/profiles|\/releases|\/\.nox|\/\.nox\/profiles|\/\.nox\/profiles\/[^/]+)$/;

/** What only running commands need, and the next one makes again. */
const PASSING = /\/(?:intents|leases|pins|trash|staging|lock|lock\.d|reserve)$/;

/**
 * What a power cut could take of a sequence of calls, by POSIX: a file's content is on disk after its fsync, a directory's entries after the
 * directory's. Told are files and directories that were not forced to disk before the rename that published them, and
 * directories of the state that were not when the command was acknowledged.
 */
export function undurable(log: readonly LoggedCall[]): string[] {
  let dirty = new Set<string>();
  const problems: string[] = [];
  for (const { call, path, to } of log) {
    switch (call) {
      case 'open': case 'symlink': case 'link':
        if (!PASSING.test(path)) dirty.add(parent(path));
        break;
      case 'mkdir':
        // A recursive one tells the first directory made, or none.
        for (let made = path; to !== null && isBelow(made, to); made = parent(made)) if (!PASSING.test(made)) dirty.add(parent(made));
        break;
      case 'write': case 'writeFile':
        dirty.add(path);
        break;
      case 'fsync':
        dirty.delete(path);
        break;
      case 'rename': {
        // What is on its way out may come back, whole.
        if (/\/\.pruned-|\/trash\//.test(to ?? '')) break;
        const target = to ?? '';
        const left = [...dirty].filter((one) => isBelow(one, path));
        if (PUBLISHING.test(target)) problems.push(...left.map((one) => `${call} ${target}: ${one.slice(path.length) || 'itself'} is not on disk`));
        if (/\/journal\/\d+$/.test(target)) problems.push(...[...dirty].filter((one) => one.endsWith('/generations')).map((one) => `${target} names what ${one} may lose`));
        dirty = new Set([...dirty].map((one) => (isBelow(one, path) ? `${target}${one.slice(path.length)}` : one)));
        dirty.add(parent(target));
        break;
      }
    }
  }
  return [...problems, ...[...dirty].filter((one) => LASTING.test(one)).map((one) => `acknowledged, and entries of ${one} are not on disk`)];
}
