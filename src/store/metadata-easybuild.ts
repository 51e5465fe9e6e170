import { compareVersions } from './version.js';
import type { PartialMetadata } from './metadata.js';

/** What an easyconfig says of the package that was built from it. */
export interface EasybuildRecord {
  readonly metadata: PartialMetadata;
  /** `name-version` of the toolchain; `null` for the system's. */
  readonly toolchain: string | null;
  /** What it needs at run time, its toolchain included; parts that cannot be told are `null`. */
  readonly dependencies: readonly EasybuildDependency[];
}

interface EasybuildDependency {
  readonly name: string;
  readonly version: string | null;
  readonly suffix: string;
  /** `name-version`, '' for the system's; `null` when it is that of the package or one of those below it. */
  readonly toolchain: string | null;
}

/** Where EasyBuild leaves the easyconfig in a package whose identifier ends in `NAME/VERSION`; `null` for other identifiers. */
export function easyconfigFile(id: string): string | null {
  const [version, name] = id.split('/').reverse();
  return name === undefined || version === undefined ? null : `easybuild/${name}-${version}.eb`;
}

/**
 * Reads an easyconfig: a Python file, of which the literals assigned at its top level are understood and nothing is executed. What is
 * computed there is not known; then the dependency keeps its name, and where even that is lost, none is told.
 */
export function parseEasyconfig(text: string): EasybuildRecord {
  const field = (key: string): Literal => literalOf(text, key);
  const name = asText(field('name'));
  const version = asText(field('version'));
  const known = { name, version };
  const toolchain = toolchainOf(field('toolchain'));
  const listed = field('dependencies');
  const dependencies = isList(listed) ? listed.flatMap((entry) => dependencyOf(entry, known) ?? []) : [];
  const own = toolchain === null || toolchain === '' ? [] : [{ name: toolchain.slice(0, toolchain.indexOf('-')), version: toolchain.slice(toolchain.indexOf('-') + 1), suffix: '', toolchain: '' }];
  const [description, homepage] = [asText(field('description')), asText(field('homepage'))];
  return {
    metadata: { ...(name === null ? {} : { name }), ...(description === null ? {} : { description: description.trim() }), ...(homepage === null ? {} : { homepage }) },
    toolchain: toolchain === '' ? null : toolchain,
    dependencies: [...dependencies, ...own],
  };
}

/**
 * Dependency texts for a record: `id:` of the one package of the same store that it can mean; a name with a version where several toolchains
 * have it. What the store does not have came from the system, and is left out.
 */
export function easybuildDepends(record: EasybuildRecord, idsOf: (name: string) => readonly string[]): string[] {
  return record.dependencies.flatMap(({ name, version, suffix, toolchain }) => {
    const of = idsOf(name);
    const directory = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
    const withToolchain = (one: string | null): string => `${version ?? ''}${one === null || one === '' ? '' : `-${one}`}${suffix}`;
    const exact = of.filter((id) => version !== null && directory(id) === withToolchain(toolchain ?? record.toolchain));
    const close = exact.length > 0 || toolchain !== null ? exact : of.filter((id) => version === null || directory(id) === withToolchain(null) || (directory(id).startsWith(`${version}-`) && directory(id).endsWith(suffix)));
    const [only, ...others] = [...close].sort((a, b) => compareVersions(directory(b), directory(a)));
    if (only === undefined) return [];
    return others.length === 0 ? [`id:${only}`] : [version === null || /[^A-Za-z0-9.]/.test(version) ? name : `${name}@${version}`];
  });
}

function dependencyOf(entry: Literal, known: Known): EasybuildDependency | null {
  if (!isList(entry)) return null;
  const [name = null, version, suffix, toolchain] = entry;
  const text = asText(name);
  if (text === null || text.includes('%')) return null;
  const own = toolchain !== undefined && isList(toolchain) ? `${asText(toolchain[0] ?? null) ?? ''}-${asText(toolchain[1] ?? null) ?? ''}` : toolchain === undefined ? null : '';
  return { name: text, version: expand(asText(version ?? null), known), suffix: expand(asText(suffix ?? null), known) ?? '', toolchain: own };
}

interface Known {
  readonly name: string | null;
  readonly version: string | null;
}

/** Of EasyBuild's templates those that the file itself tells. */
function expand(text: string | null, { name, version }: Known): string | null {
  const expanded = text?.replaceAll('%(name)s', name ?? '%').replaceAll('%(version)s', version ?? '%') ?? null;
  return expanded === null || expanded.includes('%') ? null : expanded;
}

function toolchainOf(value: Literal): string | null {
  if (value === null || typeof value === 'string' || isList(value)) return null;
  const [name, version] = [asText(value.get('name') ?? null), asText(value.get('version') ?? null)];
  return name === null || version === null ? null : name === 'system' || name === 'dummy' ? '' : `${name}-${version}`;
}

/** A Python literal; `null` for what is none or cannot be told without running it. */
type Literal = string | null | readonly Literal[] | ReadonlyMap<string, Literal>;

const isList = (value: Literal): value is readonly Literal[] => Array.isArray(value);

const asText = (value: Literal): string | null => (typeof value === 'string' && value !== '' && !value.includes('\0') ? value : null);

function literalOf(text: string, key: string): Literal {
  const start = new RegExp(`^${key}[ \\t]*=(?!=)`, 'm').exec(text);
  if (start === null) return null;
  return readValue({ text, at: start.index + start[0].length }, 0);
}

const DEEPEST = 16;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** A place in a text, which reading moves on. */
interface Cursor {
  readonly text: string;
  at: number;
}

function readValue(cursor: Cursor, depth: number): Literal {
  skipBlank(cursor);
  const char = cursor.text[cursor.at] ?? '';
  if (char === "'" || char === '"') return readString(cursor, char);
  if ((char === '(' || char === '[' || char === '{') && depth < DEEPEST) return readItems(cursor, char, depth);
  cursor.at += matchAt(cursor, /[\w.+-]*/y);
  return null;
}

function readItems(cursor: Cursor, open: string, depth: number): Literal {
  const { text } = cursor;
  const close = CLOSING[open] as string;
  const items: Literal[] = [];
  const pairs = new Map<string, Literal>();
  cursor.at += 1;
  for (;;) {
    skipBlank(cursor);
    if (text[cursor.at] === close) break;
    const from = cursor.at;
    const item = readValue(cursor, depth + 1);
    skipBlank(cursor);
    if (open === '{' && text[cursor.at] === ':') {
      cursor.at += 1;
      const value = readValue(cursor, depth + 1);
      if (typeof item === 'string') pairs.set(item, value);
      skipBlank(cursor);
    } else items.push(item);
    // Whatever is computed with an item makes all of it unknown.
    if (text[cursor.at] === ',') cursor.at += 1;
    else if (text[cursor.at] !== close || cursor.at === from) return null;
  }
  cursor.at += 1;
  return open === '{' ? pairs : items;
}

function readString(cursor: Cursor, quote: string): string | null {
  const { text } = cursor;
  const end = text.startsWith(quote.repeat(3), cursor.at) ? quote.repeat(3) : quote;
  let value = '';
  for (cursor.at += end.length; cursor.at < text.length; cursor.at += 1) {
    if (text.startsWith(end, cursor.at)) {
      cursor.at += end.length;
      return value;
    }
    if (text[cursor.at] === '\\') cursor.at += 1;
    value += text[cursor.at] ?? '';
  }
  return null;
}

/** Blanks and comments. */
function skipBlank(cursor: Cursor): void {
  cursor.at += matchAt(cursor, /(?:\s|#[^\n]*)*/y);
}

/** Length of what matches at the cursor. */
function matchAt({ text, at }: Cursor, pattern: RegExp): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
