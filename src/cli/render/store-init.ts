import { display } from '../../fs/bytes.js';
import { TREE_NAMES } from '../../store/adoption.js';
import type { InitResult } from '../../ops/store-init.js';

export function initLines({ dryRun, path, scope, patterns, created, adopted }: InitResult): string[] {
  if (created.length === 0) return [`${display(path)} is a store already`];
  if (adopted !== null) {
    return [`${dryRun ? 'would make' : 'made'} a store of the ${TREE_NAMES[adopted.kind]} tree ${display(adopted.tree)}${adopted.tree === path ? '' : ` at ${display(path)}`}, packages: ${(patterns ?? []).map(display).join(', ')}`];
  }
  return [`${dryRun ? 'would make' : 'made'} the ${scope === null ? '' : `${scope} `}store ${display(path)}`];
}
