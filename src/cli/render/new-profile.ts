import { display } from '../../fs/bytes.js';
import type { NewProfileResult } from '../../ops/new-profile.js';

export function newProfileLines({ name, path, generation, link, registered, dryRun }: NewProfileResult): string[] {
  const shows = link !== null ? `links to ${display(link)}` : `generation ${generation ?? 0}`;
  const lines = [`${display(name)}: ${dryRun ? 'would be made' : 'made'} at ${display(path)}, ${shows}`];
  if (!registered) lines.push('not registered: collection does not know it and may remove packages that only it uses');
  return lines;
}
