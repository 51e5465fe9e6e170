import { display } from '../../fs/bytes.js';
import type { RegisterResult } from '../../ops/register-profile.js';

export function registerLines({ name, path, registered, changed, dryRun }: RegisterResult): string[] {
  const would = dryRun ? 'would be ' : '';
  if (!registered) return [`${display(name)}: ${would}forgotten; it was at ${display(path)}`];
  return [changed ? `${display(name)}: ${would}registered, at ${display(path)}` : `${display(name)}: is registered already, at ${display(path)}`];
}
