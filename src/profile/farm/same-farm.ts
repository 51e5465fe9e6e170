import { type Farm, targetDirectory } from './farm.js';

/** True when both farms have the same directories, with the same links and files in them. */
export function isSameFarm(one: Farm, other: Farm): boolean {
  const [a, b] = [contentsOf(one), contentsOf(other)];
  return a.size === b.size && [...a].every(([path, contents]) => b.get(path) === contents);
}

/** What each directory holds, in one form wherever the packages stand among the roots. */
function contentsOf({ roots, directories }: Farm): Map<string, string> {
  return new Map(directories.map(({ path, from, files }) => {
    const links = from.map((group) => JSON.stringify([targetDirectory(roots, group), group.names]));
    const made = files.map((file) => JSON.stringify([file.kind, file.name, targetDirectory(roots, file)]));
    return [path, [...links, ...made].sort().join('\n')];
  }));
}
