import type { ShownPackage } from '../../ops/store-show.js';
import { misspeltText } from '../../store/metadata.js';
import type { Package } from '../../store/package.js';
import type { JsonObject } from '../command.js';
import { table } from './table.js';

const reference = ({ id, name, version, store }: Package): JsonObject => ({ id, name, version, store });

export function showJson({ package: pkg, dependencies, aliases, shadows, others }: ShownPackage): JsonObject {
  const { id, store, path, name, version, metadata, problem, misspelt } = pkg;
  return {
    package: { ...metadata, id, name, version, store, path, problem, misspelt: [...misspelt], aliases },
    dependencies: dependencies.map(({ request, satisfiedBy }) => ({ request, satisfiedBy: satisfiedBy === null ? null : reference(satisfiedBy) })),
    shadows: shadows.map(reference),
    others: others.map(reference),
  };
}

/** One row per field that the package has, long ones over several rows. */
export function showLines({ package: pkg, dependencies, aliases, shadows, others }: ShownPackage): string[] {
  const { metadata } = pkg;
  const single: Array<readonly [string, string | number | null]> = [
    ['identifier', pkg.id],
    ['name', pkg.name],
    ['version', pkg.version],
    ['path', pkg.path],
    ['unusable', pkg.problem],
    ['description', metadata.description],
    ['homepage', metadata.homepage],
    ['license', metadata.license],
    ['platform', metadata.platform],
    ['prefix', metadata.prefix],
    ['priority', metadata.priority],
  ];
  const several: Array<readonly [string, readonly string[]]> = [
    ['ignored', pkg.misspelt.map(misspeltText)],
    ['aliases', aliases],
    ['depends', dependencies.map(({ request, satisfiedBy }) => `${request} -> ${satisfiedBy === null ? 'nothing' : where(satisfiedBy)}`)],
    ['provides', metadata.provides],
    ['conflicts', metadata.conflicts],
    ['env', variables(pkg)],
    ['shadows', shadows.map(where)],
    ['others', others.map(where)],
  ];
  return table([
    ...single.filter(([, value]) => value !== null),
    ...several.flatMap(([field, values]) => values.map((value, at) => [at === 0 ? field : ' ', value] as const)),
  ]).map((line) => line.trimEnd());
}

const where = (pkg: Package): string => `${pkg.id} in ${pkg.store}`;

function variables({ metadata: { env } }: Package): string[] {
  if (env === null) return [];
  return [
    ...Object.entries(env.set).map(([name, value]) => `${name} = ${value}`),
    ...Object.entries(env.prepend).map(([name, values]) => `${name}: ${values.join(':')} before what is there`),
    ...Object.entries(env.append).map(([name, values]) => `${name}: ${values.join(':')} after what is there`),
  ];
}
