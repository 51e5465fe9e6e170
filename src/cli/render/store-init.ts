import { display } from '../../fs/bytes.js';
import type { InitResult } from '../../ops/store-init.js';

export function initLines({ dryRun, path, scope, created }: InitResult): string[] {
  if (created.length === 0) return [`${display(path)} is a store already`];
  return [`${dryRun ? 'would make' : 'made'} the ${scope === null ? '' : `${scope} `}store ${display(path)}`];
}
