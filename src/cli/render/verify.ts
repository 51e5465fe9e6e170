import { display } from '../../fs/bytes.js';
import type { VerifiedPackage } from '../../ops/verify-packages.js';
import { count } from './size.js';

export function verifyLines(packages: readonly VerifiedPackage[]): string[] {
  const intact = packages.filter(({ status }) => status === 'intact');
  const lines = packages.flatMap(({ id, store, status, differences, problem }) => {
    const name = `${display(id)} in ${display(store)}`;
    if (status === 'no-contents') return [`${name}: nox did not import it, so there is nothing to compare it with`];
    if (status === 'damaged') return [`${name}: ${display(problem ?? '')}`];
    return status === 'intact' ? [] : [`${name}:`, ...differences.map(({ path, problem: what }) => `  ${display(path === '' ? '.' : path)} ${display(what)}`)];
  });
  return [...lines, `as imported: ${intact.length} of ${count(packages.length, 'package')}`];
}
