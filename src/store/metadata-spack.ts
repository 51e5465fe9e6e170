import { byName } from '../fs/bytes.js';
import type { PartialMetadata } from './metadata.js';
import { isObject, textOf } from './json-value.js';

/** What a Spack prefix says of itself; dependencies stand by hash until the whole store is known. */
export interface SpackRecord {
  readonly metadata: PartialMetadata;
  readonly hash: string | null;
  /** Dependencies of type link or run, without those that Spack took from the system. */
  readonly dependencies: ReadonlyArray<{ readonly name: string; readonly hash: string | null }>;
}

/**
 * Reads the document of `.spack/spec.json` (formats 2 to 5 of Spack 0.17 and later: `spec.nodes[0]` is the package
 * itself, the other nodes are what it was built with).
 * @returns a text that says what is wrong, when it is not such a document.
 */
export function parseSpack(document: unknown): SpackRecord | string {
  const spec = isObject(document) ? document['spec'] : undefined;
  const nodes = isObject(spec) ? spec['nodes'] : undefined;
  const own: unknown = Array.isArray(nodes) ? nodes[0] : undefined;
  if (!Array.isArray(nodes) || !isObject(own)) return 'it has no "spec.nodes"';
  const name = textOf(own['name']);
  if (name === null) return 'its first node has no name';
  const version = textOf(own['version']);
  const external = new Set(nodes.filter(isObject).filter((node) => isObject(node['external'])).map((node) => textOf(node['hash'])));
  const given = own['dependencies'] ?? [];
  if (!Array.isArray(given)) return 'its "dependencies" are not a list';
  const dependencies = [];
  for (const dependency of given as unknown[]) {
    const dependencyName = isObject(dependency) ? textOf(dependency['name']) : null;
    if (!isObject(dependency) || dependencyName === null) return 'a dependency has no name';
    const hash = textOf(dependency['hash']);
    if (isNeededAtRunTime(dependency) && !(hash !== null && external.has(hash))) dependencies.push({ name: dependencyName, hash });
  }
  return {
    metadata: { name, ...(version === null ? {} : { version }), ...platformOf(own['arch']) },
    hash: textOf(own['hash']),
    dependencies: dependencies.sort((a, b) => byName(a.name, b.name)),
  };
}

/** Types are listed under `parameters.deptypes`, in older formats under `type`; when they are not told, it is needed. */
function isNeededAtRunTime(dependency: Readonly<Record<string, unknown>>): boolean {
  const parameters = dependency['parameters'];
  const types = (isObject(parameters) ? parameters['deptypes'] : undefined) ?? dependency['type'];
  if (typeof types === 'string') return types === 'link' || types === 'run';
  return !Array.isArray(types) || types.includes('link') || types.includes('run');
}

function platformOf(arch: unknown): PartialMetadata {
  if (!isObject(arch)) return {};
  const target = isObject(arch['target']) ? arch['target']['name'] : arch['target'];
  const words = [arch['platform'], arch['platform_os'], target].filter((word) => typeof word === 'string' && word !== '');
  return words.length === 0 ? {} : { platform: words.join('-') };
}

/**
 * Dependency texts for a record: `id:` of the package of the same store that has the hash (a Spack binary is linked to
 * exactly that one), else the name.
 */
export function spackDepends(record: SpackRecord, idOfHash: ReadonlyMap<string, string>): string[] {
  return record.dependencies.map(({ name, hash }) => {
    const id = hash === null ? undefined : idOfHash.get(hash);
    return id === undefined ? name : `id:${id}`;
  });
}
