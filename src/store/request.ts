import { NoxError } from '../errors.js';
import { identifierProblem, parsePackageId } from './identifier.js';
import type { Package, PackageId } from './package.js';
import { parseRange, type Range } from './range.js';

/** A request by name: any package of that name, or that provides it, whose version lies in the range. */
interface NameRequest {
  readonly kind: 'name';
  readonly name: string;
  /** `null`: any version, prereleases included. */
  readonly range: Range | null;
  /** As written. */
  readonly text: string;
}

/** What a package may depend on, or conflict with. */
export type Dependency = NameRequest | { readonly kind: 'id'; readonly id: PackageId; readonly text: string };

/** A name that a package also satisfies; without a version it satisfies only requests without a range, or `*`. */
export interface Provision {
  readonly name: string;
  readonly version: string | null;
}

/**
 * Reads `root`, `root@^6.28`, `root@6.30`, `root@>=6.28 <7`: the range begins after the last `@` that is not the first
 * character. Throws `invalid-request` for names that could not be an identifier (empty, hidden, absolute), and
 * `invalid-range`.
 */
export function parseRequest(text: string): NameRequest {
  const [name, range] = splitAtRange(text);
  const problem = identifierProblem(name);
  if (problem !== null) throw new NoxError('invalid-request', { request: text, problem });
  if (range === null) return { kind: 'name', name, range, text };
  if (range.trim() === '') throw new NoxError('invalid-request', { request: text, problem: 'nothing follows the "@"' });
  return { kind: 'name', name, range: parseRange(range), text };
}

/** Reads a dependency or conflict: a request by name, or `id:` and an identifier. Throws as {@link parseRequest}. */
export function parseDependency(text: string): Dependency {
  if (!text.startsWith('id:')) return parseNameDependency(text);
  return { kind: 'id', id: parsePackageId(text.slice('id:'.length)), text };
}

/** Names of packages hold no spaces, so a text like `root >= 6.28` is a mistake and not an odd name. */
function parseNameDependency(text: string): NameRequest {
  const request = parseRequest(text);
  if (!/[\s<>=]/.test(request.name)) return request;
  throw new NoxError('invalid-request', { request: text, problem: 'a range is put behind "@", as in "root@>=6.28"' });
}

/** Reads an entry of `provides`: `name` or `name@version`. Throws `invalid-request`. */
export function parseProvision(text: string): Provision {
  const [name, version] = splitAtRange(text);
  const problem = identifierProblem(name) ?? (version === '' ? 'nothing follows the "@"' : null);
  if (problem !== null) throw new NoxError('invalid-request', { request: text, problem });
  return { name, version };
}

/** The name that a dependency, conflict or provision of any text begins with; all of it where it names an identifier. */
export function dependencyName(text: string): string {
  return text.startsWith('id:') ? text : splitAtRange(text)[0];
}

/** A name and what follows its `@`; `null` where nothing does. */
export function splitAtRange(text: string): [string, string | null] {
  const at = text.lastIndexOf('@');
  return at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, null];
}

/** The package that an identifier means, following aliases; an alias without a known target stands for itself. */
export function followAliases(id: string, find: (id: string) => Package | undefined): Package | null {
  const seen = new Set<Package>();
  let pkg = find(id);
  while (pkg !== undefined && pkg.aliasOf !== null && !seen.has(pkg)) {
    const target = find(pkg.aliasOf);
    if (target === undefined) return pkg;
    seen.add(pkg);
    pkg = target;
  }
  return pkg ?? null;
}
