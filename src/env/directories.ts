import { NoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import type { EnvSpec, FarmView } from './spec.js';
import { checkText, checkVariable } from './variable.js';

/** What of a package its environment needs; `env` is what its metadata declares, with `${profile}` and `${package}`. */
interface PackageEnv {
  readonly id: string;
  /** Absolute path of the package: what `${package}` stands for. */
  readonly path: string;
  readonly env: EnvSpec | null;
}

/** One row of the table: a path variable with the directories it names where they exist. */
interface Row {
  readonly variable: string;
  /** Paths relative to the root; a part that is an expression matches whole names, versions descending. */
  readonly paths: ReadonlyArray<ReadonlyArray<string | RegExp>>;
  /** Only directories that themselves hold a shared library count. */
  readonly sharedLibraries?: true;
}

/** A multiarch directory, `x86_64-linux-gnu`. */
const TRIPLET = /^[a-z0-9_]+(?:-[a-z0-9_]+)?-linux-[a-z0-9]+$/;
const PYTHON = /^python\d+\.\d+t?$/;
const ANY = /^[^.]/;

/** The path variables but `CMAKE_PREFIX_PATH`, and of each the directories in the order in which they appear in it; see docs/environment.md. */
const ROWS: readonly Row[] = [
  { variable: 'PATH', paths: [['bin'], ['sbin']] },
  { variable: 'MANPATH', paths: [['share', 'man'], ['man']] },
  { variable: 'INFOPATH', paths: [['share', 'info'], ['info']] },
  { variable: 'PKG_CONFIG_PATH', paths: [['lib', 'pkgconfig'], ['lib64', 'pkgconfig'], ['lib', TRIPLET, 'pkgconfig'], ['share', 'pkgconfig']] },
  { variable: 'ACLOCAL_PATH', paths: [['share', 'aclocal']] },
  { variable: 'XDG_DATA_DIRS', paths: [['share']] },
  {
    variable: 'PYTHONPATH',
    paths: [['lib', PYTHON, 'site-packages'], ['lib64', PYTHON, 'site-packages'], ['lib', PYTHON, 'dist-packages'], ['lib', 'python3', 'dist-packages']],
  },
  { variable: 'PERL5LIB', paths: [['lib', 'perl5'], ['share', 'perl5'], ['lib', TRIPLET, 'perl5', ANY]] },
  { variable: 'LD_LIBRARY_PATH', paths: [['lib'], ['lib64'], ['lib', TRIPLET]], sharedLibraries: true },
];

/** CMake looks below a prefix itself; one of these makes the root worth naming. */
const PREFIX_SIGNS = ['include', 'lib', 'lib64', 'share'];

const PROFILE = '${profile}';
const PACKAGE = '${package}';

/** The path variables of a profile, for directories that exist in it only. */
export function farmEnv(view: FarmView): EnvSpec {
  const prepend: Record<string, string[]> = {};
  for (const { variable, paths, sharedLibraries } of ROWS) {
    const found = paths.flatMap((parts) => expand(view, parts)).filter((path) => sharedLibraries === undefined || view.hasSharedLibrary(path));
    if (found.length > 0) prepend[variable] = found.map((path) => `${PROFILE}/${path}`);
  }
  if (PREFIX_SIGNS.some((path) => view.hasDirectory(path))) prepend['CMAKE_PREFIX_PATH'] = [PROFILE];
  return { set: {}, prepend, append: {} };
}

/** The existing directories that match, at each expression in descending order of version. */
function expand(view: FarmView, parts: ReadonlyArray<string | RegExp>): string[] {
  let paths = [''];
  for (const part of parts) {
    const under = (base: string, name: string): string => (base === '' ? name : `${base}/${name}`);
    paths = paths.flatMap((base) => {
      if (typeof part === 'string') return [under(base, part)];
      return [...view.subdirectories(base, (name) => part.test(name))].sort(newestFirst).map((name) => under(base, name));
    });
  }
  return paths.filter((path) => view.hasDirectory(path));
}

const newestFirst = (a: string, b: string): number => b.localeCompare(a, 'en', { numeric: true }) || byName(a, b);

/** The directories that a path variable may name: a folded layout keeps these real. */
interface SearchPaths {
  /** True for such a directory, by the path of the directory that holds it ('' for the root) and its name. */
  readonly has: (directory: string, name: string) => boolean;
  /** True for a directory that such a one may lie in. */
  readonly isAbove: (directory: string, name: string) => boolean;
}

/** The pattern of a search path, and how many of its parts a path has. */
interface Matched {
  readonly parts: ReadonlyArray<string | RegExp>;
  readonly count: number;
}

/** The search paths of all profiles. */
export function searchPaths(): SearchPaths {
  const isPart = (part: string | RegExp | undefined, name: string): boolean => (typeof part === 'string' ? part === name : part?.test(name) === true);
  const known = new Map<string, readonly Matched[]>([['', ROWS.flatMap((row) => row.paths).map((parts) => ({ parts, count: 0 }))]]);
  /** The patterns that a directory is the beginning of, or all. */
  const matched = (directory: string): readonly Matched[] => {
    let own = known.get(directory);
    if (own === undefined) {
      const end = directory.lastIndexOf('/');
      own = matchedIn(directory.slice(0, Math.max(0, end)), directory.slice(end + 1));
      known.set(directory, own);
    }
    return own;
  };
  /** Most directories lie where nothing is searched, which is known without their own path. */
  const matchedIn = (directory: string, name: string): readonly Matched[] => {
    const above = matched(directory);
    return above.length === 0 ? above : above.filter(({ parts, count }) => isPart(parts[count], name)).map(({ parts, count }) => ({ parts, count: count + 1 }));
  };
  return {
    has: (directory, name) => matchedIn(directory, name).some(({ parts, count }) => count === parts.length),
    isAbove: (directory, name) => matchedIn(directory, name).some(({ parts, count }) => count < parts.length),
  };
}

/**
 * The environment of a profile: that of its farm, then what each package declares. A package's elements come before
 * those of the farm, in the order of the packages; a variable that is set as a whole takes its elements in.
 * @throws `invalid-env` for a variable or value that no package may declare, `env-conflict` when two packages set one
 *   variable to different values.
 */
export function mergePackageEnv(farm: EnvSpec, packages: readonly PackageEnv[]): EnvSpec {
  const set = new Map<string, { readonly id: string; readonly value: string }>();
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  const conflicts: Array<{ variable: string; packages: [string, string]; values: [string, string] }> = [];
  for (const { id, path, env } of packages) {
    if (env === null) continue;
    const resolve = (variable: string, text: string): string => resolvePackage(text, { id, path, variable });
    checkPaths(id, env);
    for (const [variable, text] of Object.entries(env.set)) {
      const value = resolve(variable, text);
      const other = set.get(variable);
      if (other === undefined) set.set(variable, { id, value });
      else if (other.value !== value) conflicts.push({ variable, packages: [other.id, id], values: [other.value, value] });
    }
    for (const [lists, declared] of [[before, env.prepend], [after, env.append]] as const) {
      for (const [variable, texts] of Object.entries(declared)) {
        const elements = texts.flatMap((text) => resolve(variable, text).split(':'));
        lists.set(variable, [...(lists.get(variable) ?? []), ...elements]);
      }
    }
  }
  if (conflicts.length > 0) throw new NoxError('env-conflict', { conflicts });
  for (const [variable, elements] of Object.entries(farm.prepend)) before.set(variable, [...(before.get(variable) ?? []), ...elements]);
  return normalised(new Map([...set].map(([variable, { value }]) => [variable, value])), before, after);
}

const SEARCHED = new Set([...ROWS.map((row) => row.variable), 'CMAKE_PREFIX_PATH']);

/** What the shell itself searches: set as a whole it would lose what the user has, and a relative element means another place in each directory. */
function checkPaths(id: string, { set, prepend, append }: EnvSpec): void {
  for (const variable of SEARCHED) {
    const refuse = (problem: string): NoxError => new NoxError('invalid-env', { package: id, variable, problem });
    if (Object.hasOwn(set, variable)) throw refuse('it may be prepended or appended to, and not set');
    const elements = [prepend, append].flatMap((lists) => (Object.hasOwn(lists, variable) ? (lists[variable] ?? []) : [])).flatMap((text) => text.split(':'));
    const relative = elements.find((element) => element !== '' && !/^(?:\/|\$\{(?:profile|package)\}(?:$|\/))/.test(element));
    if (relative !== undefined) throw refuse(`"${relative}" is not an absolute path; "\${package}/${relative}", perhaps`);
  }
}

function resolvePackage(text: string, { id, path, variable }: { id: string; path: string; variable: string }): string {
  checkVariable(id, variable);
  checkText(id, variable, text);
  if (text.includes(PACKAGE) && path.includes(PROFILE)) {
    throw new NoxError('invalid-env', { package: id, variable, problem: `the path of the package holds ${PROFILE}` });
  }
  return text.replaceAll(PACKAGE, () => path);
}

/** Each variable in one of the three maps' ways only, no element empty or twice, names sorted. */
function normalised(set: Map<string, string>, before: Map<string, string[]>, after: Map<string, string[]>): EnvSpec {
  const result = { set: {} as Record<string, string>, prepend: {} as Record<string, string[]>, append: {} as Record<string, string[]> };
  for (const variable of [...new Set([...set.keys(), ...before.keys(), ...after.keys()])].sort(byName)) {
    const first = unique(before.get(variable) ?? []);
    const last = unique(after.get(variable) ?? []).filter((element) => !first.includes(element));
    const whole = set.get(variable);
    if (whole !== undefined) {
      result.set[variable] = first.length + last.length === 0 ? whole : unique([...first, ...whole.split(':'), ...last]).join(':');
      continue;
    }
    if (first.length > 0) result.prepend[variable] = first;
    if (last.length > 0) result.append[variable] = last;
  }
  return result;
}

const unique = (elements: readonly string[]): string[] => [...new Set(elements)].filter((element) => element !== '');
