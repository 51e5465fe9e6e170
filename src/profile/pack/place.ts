/**
 * Where things lie in a pack. Stores keep their form, `.nox/stores/<n>/<identifier>`, and the profile's links lead into them: nothing
 * is stored twice, `${package}` and `$ORIGIN` mean in a pack what they mean in a store, and so do paths from package to package.
 */
import type { EnvSpec } from '../../env/spec.js';
import { packedStore } from '../../layout.js';
import { type ManifestPackage, packagePath } from '../manifest.js';

/** A package and its place. */
export interface PlacedPackage {
  readonly pkg: ManifestPackage;
  /** Relative to the root of the pack. */
  readonly place: string;
}

/** The place of each package; stores are numbered in the order in which the packages name them. */
export function placePackages(packages: readonly ManifestPackage[]): PlacedPackage[] {
  const stores = [...new Set(packages.map(({ store }) => store))];
  return packages.map((pkg) => ({ pkg, place: `${packedStore(stores.indexOf(pkg.store))}/${pkg.id}` }));
}

/** The text of a relative link at `from` (a path of the pack) that leads to `to`, both without links in their directories. */
export function relativeText(from: string, to: string): string {
  const here = from.split('/').slice(0, -1);
  const there = to === '' ? [] : to.split('/');
  let shared = 0;
  while (shared < here.length && shared < there.length && here[shared] === there[shared]) shared += 1;
  return [...here.slice(shared).map(() => '..'), ...there.slice(shared)].join('/') || '.';
}

/** A character that would make another name of a path before it. */
const GOES_ON = /^[A-Za-z0-9_.+@~-]/;

/** An environment in which the paths of packages are those that they have in the pack. */
export function packedSpec(spec: EnvSpec, placed: readonly PlacedPackage[]): EnvSpec {
  const paths = placed.map(({ pkg, place }) => ({ path: packagePath(pkg), text: `\${profile}/${place}` })).sort((a, b) => b.path.length - a.path.length);
  const move = (text: string): string => paths.reduce((moved, { path, text: to }) => replacePath(moved, path, to), text);
  const lists = (map: Readonly<Record<string, readonly string[]>>): Record<string, string[]> => Object.fromEntries(Object.entries(map).map(([name, texts]) => [name, texts.map(move)]));
  return { set: Object.fromEntries(Object.entries(spec.set).map(([name, text]) => [name, move(text)])), prepend: lists(spec.prepend), append: lists(spec.append) };
}

function replacePath(text: string, path: string, to: string): string {
  const [first = '', ...rest] = text.split(path);
  return rest.reduce((done, part) => `${done}${GOES_ON.test(part) ? path : to}${part}`, first);
}
