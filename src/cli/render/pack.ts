import { display } from '../../fs/bytes.js';
import type { PackResult } from '../../ops/pack-profile.js';
import { count, humanBytes } from './size.js';

export function packedLines({ profile, generation, path, format, packages, files, contentBytes, bytes, outside, leftOut, dryRun }: PackResult): string[] {
  const size = bytes === null ? humanBytes(contentBytes) : `${humanBytes(contentBytes)} in ${humanBytes(bytes)}`;
  return [
    ...outside.map(({ source }) => `packed too, since a link leads there: ${display(source)}`),
    ...leftOut.map((one) => `left out, neither file nor link: ${display(one)}`),
    `${display(profile)}: generation ${generation} ${dryRun ? 'would be packed' : 'packed'} as ${format} at ${display(path)}, ${count(packages.length, 'package')}, ${count(files, 'file')}, ${size}`,
  ];
}
