import { display } from '../../fs/bytes.js';
import type { PackageReasons } from '../../ops/explain-package.js';

export function reasonLines({ id, requested, chains }: PackageReasons): string[] {
  const lines = requested === null ? [] : [`${display(id)}: requested as ${display(requested)}`];
  return [...lines, ...chains.map((chain) => chain.map(display).join(' -> '))];
}
