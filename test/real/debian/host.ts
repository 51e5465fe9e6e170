import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, cpSync, existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { StorePackage } from './unpack.js';

/** The program's path on the host, or `null`. Looks in the directories of system programs too. */
export function programPath(name: string): string | null {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const directory of directories) {
    if (directory === '') continue;
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  return null;
}

/** Words that run a command as an ordinary user: none for one already, else those of setpriv. */
export function asOrdinaryUser(): { readonly uid: number; readonly words: readonly string[] } {
  const uid = process.getuid!();
  if (uid !== 0) return { uid, words: [] };
  const ordinary = 64_123;
  return { uid: ordinary, words: ['setpriv', `--reuid=${ordinary}`, `--regid=${ordinary}`, '--clear-groups', '--'] };
}

/** What of the host is hidden in the sandbox. */
interface Hidden {
  /** Covered by an empty directory. */
  readonly directories: readonly string[];
  /** Covered by an empty file. */
  readonly files: readonly string[];
  /** Libraries that stay, since the host's own programs named in {@link hostCopies} start with them. */
  readonly kept: readonly string[];
}

const WHOLE_DIRECTORY = /^(include\/(?![^/]*-linux-)[^/]+|include\/[^/]*-linux-[^/]*\/c\+\+|lib\/gcc\/[^/]+\/[^/]+|share\/(?!locale$|perl|cmake$)[^/]+|(lib|lib\/[^/]+|share)\/cmake\/[^/]+|lib\/[^/]+\/ldscripts)$/;
const NOT_USED = /^(share\/(doc|lintian|locale|zoneinfo|perl5?|tcltk|X11|bash-completion)|lib\/[^/]+\/perl[^/]*)\//;

/**
 * The host's own copies of all that the packages hold: every Python, every man page, and each header directory, CMake
 * package, program, library and `.pc` file with the same path. Shared libraries that `programs` of the host need are kept.
 */
export function hostCopies(packages: readonly StorePackage[], programs: readonly string[]): Hidden {
  const directories = new Set([...pythonDirectories(), ...['/usr/share/man', '/usr/local/share/man', '/usr/local/man'].filter(isDirectory)]);
  for (const { directories: own } of packages) {
    for (const path of own) if (WHOLE_DIRECTORY.test(path) && existsSync(`/usr/${path}`)) directories.add(`/usr/${path}`);
  }
  const kept = new Set(programs.flatMap(librariesOf));
  const files = new Set(pythonPrograms());
  const withheld = new Set<string>();
  for (const path of packages.flatMap((one) => one.files.filter((file) => !NOT_USED.test(file)))) {
    const copy = existsSync(`/usr/${path}`) ? realpathSync(`/usr/${path}`) : null;
    if (copy === null || !copy.startsWith('/usr/') || !lstatSync(copy).isFile()) continue;
    if ([...directories].some((directory) => copy.startsWith(`${directory}/`))) continue;
    (kept.has(copy) ? withheld : files).add(copy);
  }
  return { directories: [...directories].sort(), files: [...files].sort(), kept: [...withheld].sort() };
}

const isDirectory = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function pythonDirectories(): string[] {
  return entriesOf(['/usr/lib', '/usr/local/lib', '/usr/include', '/usr/local/include'], /^python\d/).filter(isDirectory);
}

function pythonPrograms(): string[] {
  return entriesOf(['/usr/bin', '/usr/local/bin'], /^python\d?/).filter((path) => lstatSync(path).isFile());
}

function entriesOf(directories: readonly string[], pattern: RegExp): string[] {
  return directories.filter((path) => existsSync(path)).flatMap((path) => readdirSync(path).filter((name) => pattern.test(name)).map((name) => join(path, name)));
}

function librariesOf(program: string): string[] {
  const path = programPath(program) ?? spawnSync('gcc', [`-print-prog-name=${program}`], { encoding: 'utf8' }).stdout.trim();
  const listed = spawnSync('ldd', [path], { encoding: 'utf8' }).stdout;
  return [...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => realpathSync(match[1]!));
}

/** How commands of the test are run. */
export interface Sandbox {
  readonly hidden: Hidden;
  /** Directory of nox's programs, first on PATH. */
  readonly bin: string;
  readonly home: string;
  readonly cwd: string;
  readonly store: string;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script with a shell of the host, as an ordinary user, with the host's copies hidden. */
export function inSandbox(sandbox: Sandbox, script: string, shell: readonly string[] = ['sh', '-c']): Outcome {
  const covers = [
    ...sandbox.hidden.directories.flatMap((path) => ['--tmpfs', path]),
    ...sandbox.hidden.files.flatMap((path) => ['--ro-bind', '/dev/null', path]),
  ];
  const environment = {
    HOME: sandbox.home,
    PATH: `${sandbox.bin}:/usr/local/bin:/usr/bin:/bin`,
    LANG: 'C.UTF-8',
    NOX_NODE: process.execPath,
    NOX_STORE_PATH: sandbox.store,
    // Its caches would be files of the user's in the profile; here every file is nox's own.
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const words = [...asOrdinaryUser().words, programPath('bwrap') ?? 'bwrap', '--dev-bind', '/', '/', ...covers, '--die-with-parent', '--', ...shell, script];
  const { status, stdout, stderr, error }: SpawnSyncReturns<string> = spawnSync(words[0]!, words.slice(1), {
    encoding: 'utf8', cwd: sandbox.cwd, env: environment, maxBuffer: 64 << 20, timeout: 300_000,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/**
 * Copies nox as it is installed to where an ordinary user can read it.
 * @returns the directory of its programs.
 */
export function installNox(repository: string, target: string): string {
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(repository, part), join(target, part), { recursive: true, verbatimSymlinks: true });
  for (const program of readdirSync(join(target, 'bin'))) chmodSync(join(target, 'bin', program), 0o755);
  return join(target, 'bin');
}

/** What the test cannot run without and the host does not have, in words; `null` when it has all. */
export function whatIsAbsent(programs: readonly string[]): string | null {
  const missing = programs.filter((name) => programPath(name) === null);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const { words } = asOrdinaryUser();
  const nodeRuns = [...words, process.execPath, '-e', '0'];
  if (spawnSync(nodeRuns[0]!, nodeRuns.slice(1)).status !== 0) return 'an ordinary user cannot run this Node';
  const probe = [...words, 'bwrap', '--dev-bind', '/', '/', 'true'];
  const { status, stderr } = spawnSync(probe[0]!, probe.slice(1), { encoding: 'utf8' });
  return status === 0 ? null : `bubblewrap does not work for an ordinary user here: ${stderr.trim()}`;
}
