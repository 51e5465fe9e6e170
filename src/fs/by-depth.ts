/** Paths in groups of one depth, the shallowest first: parents come before what is in them, and those of a group do not wait for each other. */
export function byDepth(paths: readonly string[]): string[][] {
  const levels = new Map<number, string[]>();
  for (const path of paths) {
    const depth = path.split('/').length;
    const level = levels.get(depth);
    if (level === undefined) levels.set(depth, [path]);
    else level.push(path);
  }
  return [...levels].sort(([a], [b]) => a - b).map(([, level]) => level);
}
