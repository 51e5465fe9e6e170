import { absolutePath, type Context } from './context.js';
import { NoxError } from './errors.js';
import { display } from './fs/bytes.js';
import { isMap, oneOf, readFields, text, textList, type YamlValue } from './store/fields.js';
import { readYamlFile } from './store/io/yaml-file.js';

/** What the configuration files say; `null` for what none of them does. */
interface Configuration {
  readonly stores: readonly string[] | null;
  readonly profiles: string | null;
  readonly releases: readonly string[] | null;
  readonly layout: 'full' | 'folded' | null;
  /** Variables that environments leave alone. */
  readonly omit: readonly string[] | null;
}

/** The flags of every command that choose places. */
export interface PlaceFlags {
  readonly store?: readonly string[] | undefined;
  readonly profiles?: string | undefined;
}

/** What one file says: fields that it does not give are absent. */
type Given = { readonly [K in keyof Configuration]?: NonNullable<Configuration[K]> };
type Known = { readonly [K in keyof Configuration]: NonNullable<Configuration[K]> };

const FIELDS = { stores: textList, profiles: text, releases: textList, layout: oneOf('full', 'folded'), omit: textList } as const;
const NOTHING: Configuration = { stores: null, profiles: null, releases: null, layout: null, omit: null };

/** Store directories of a command: absolute, in order of precedence, each once. Throws `colon-in-path`, `invalid-config`. */
export function storePathOf(context: Context, flags: PlaceFlags): readonly string[] {
  const given = flags.store ?? [];
  if (given.length > 0) return once(given.map((path) => place(context, path)));
  const variable = elements(context.environment['NOX_STORE_PATH']);
  if (variable.length > 0) return once(variable.map((path) => place(context, path)));
  return once((readConfiguration(context).stores ?? [`${context.home}/nix/store`]).map((path) => place(context, path)));
}

/** The profile home of a command, absolute. Throws as {@link storePathOf}. */
export function profileHomeOf(context: Context, flags: PlaceFlags): string {
  if (flags.profiles !== undefined) return place(context, flags.profiles);
  const variable = context.environment['NOX_PROFILES'] ?? '';
  return place(context, variable !== '' ? variable : (readConfiguration(context).profiles ?? `${context.home}/nix/profiles`));
}

/** The profile homes that are the caller's own: the one that a command would use, and those of variable, configuration and default. */
export function homesOfCaller(context: Context, flags: PlaceFlags): readonly string[] {
  return once([profileHomeOf(context, flags), profileHomeOf(context, {}), `${context.home}/nix/profiles`]);
}

/** The homes of release profiles: absolute, in order of precedence, each once; none by default. Throws as {@link storePathOf}. */
export function releaseHomesOf(context: Context): readonly string[] {
  const variable = elements(context.environment['NOX_RELEASES']);
  return once((variable.length > 0 ? variable : (readConfiguration(context).releases ?? [])).map((path) => place(context, path)));
}

/** The files that configure nox, the stronger first. A relative `XDG_CONFIG_HOME` is ignored, as its specification says. */
export function configurationFiles({ environment, home }: Pick<Context, 'environment' | 'home'>): readonly string[] {
  const given = environment['XDG_CONFIG_HOME'] ?? '';
  return [`${given.startsWith('/') ? given : `${home}/.config`}/nox/config.yaml`, '/etc/nox/config.yaml'];
}

/** Where what can be found out again is kept for speed. A relative `XDG_CACHE_HOME` is ignored, as its specification says. */
export function cacheDirectoryOf({ environment, home }: Pick<Context, 'environment' | 'home'>): string {
  const given = environment['XDG_CACHE_HOME'] ?? '';
  return `${given.startsWith('/') ? given : `${home}/.cache`}/nox`;
}

// One command asks several times, and is to be warned once.
const read = new WeakMap<Context, Configuration>();

/**
 * What the configuration files say, field by field. Paths are absolute and `~` is expanded. An unknown key is a warning.
 * @throws `invalid-config` for a file that is not YAML or a field of a wrong type.
 */
export function readConfiguration(context: Context): Configuration {
  const known = read.get(context);
  if (known !== undefined) return known;
  const files = configurationFiles(context).map((path) => readFile(context, path));
  const configuration = files.reduceRight<Configuration>((below, file) => ({ ...below, ...file }), NOTHING);
  read.set(context, configuration);
  return configuration;
}

function readFile(context: Context, path: string): Given {
  const reading = readYamlFile(path);
  if (reading === null) return {};
  if (reading.problem !== null) throw new NoxError('invalid-config', { path, field: null, problem: reading.problem });
  return parseConfiguration(reading.value, { path, home: context.home, warn: (line) => context.say(line) });
}

/** Where a configuration comes from. */
interface ConfigurationSource {
  readonly path: string;
  readonly home: string;
  warn(line: string): void;
}

/** The fields of one configuration document; fields given as nothing count as absent. Throws `invalid-config`. */
export function parseConfiguration(value: YamlValue, source: ConfigurationSource): Given {
  const { path } = source;
  if (value === null) return {};
  if (!isMap(value)) throw new NoxError('invalid-config', { path, field: null, problem: 'it must be a map of fields' });
  const { values, unknown, problems } = readFields<Known>(value, FIELDS);
  const [first] = problems;
  if (first !== undefined) throw new NoxError('invalid-config', { path, ...first });
  for (const key of unknown) source.warn(`configuration "${display(path)}": unknown key "${display(key)}" is ignored`);
  const expanded = {
    ...values,
    ...(values.stores && { stores: values.stores.map((entry) => expand(entry, 'stores', source)) }),
    ...(values.releases && { releases: values.releases.map((entry) => expand(entry, 'releases', source)) }),
    ...(values.profiles && { profiles: expand(values.profiles, 'profiles', source) }),
  };
  return Object.fromEntries(Object.entries(expanded).filter(([, given]) => given !== null));
}

/** A file has no working directory that a relative path could mean. */
function expand(path: string, field: string, source: ConfigurationSource): string {
  const expanded = withHome(path, source.home);
  if (expanded.startsWith('/')) return expanded;
  throw new NoxError('invalid-config', { path: source.path, field, problem: `"${path}" must be absolute or begin with "~/"` });
}

const withHome = (path: string, home: string): string => (path === '~' || path.startsWith('~/') ? home + path.slice(1) : path);

function elements(variable: string | undefined): string[] {
  return (variable ?? '').split(':').filter((element) => element !== '');
}

function once(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}

/**
 * What a path of the user's stands for: absolute and lexically normal, without a slash at its end; symlinks are left
 * alone. A `~` that the shell left, as in quotes, after `=` or in a list, is the home. Throws `usage` for an empty one.
 */
export function pathOf(context: Context, path: string): string {
  if (path === '') throw new NoxError('usage', { problem: 'a path is empty', command: null });
  return absolutePath(context, withHome(path, context.home));
}

/** The same for a store, a profile or a directory of those, which goes into path variables. Throws `colon-in-path`, too. */
export function place(context: Context, path: string): string {
  const absolute = pathOf(context, path);
  if (absolute.includes(':')) throw new NoxError('colon-in-path', { path: absolute });
  return absolute;
}
