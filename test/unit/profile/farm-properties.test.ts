import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linksIn } from '../../../src/profile/farm/farm.js';
import { planFarm } from '../../../src/profile/farm/plan.js';
import type { FarmPackage } from '../../../src/profile/farm/request.js';
import { type TreeDirectory, type TreeNode, under } from '../../../src/profile/farm/tree.js';
import { runs } from '../../support/runs.js';

const NAMES = ['a', 'b', 'c'];
const leaf: fc.Arbitrary<TreeNode> = fc.oneof(
  fc.constant<TreeNode>({ type: 'file' }),
  fc.constantFrom('a', 'b', 'c', '../a', 'b/c', '/elsewhere').map((text): TreeNode => ({ type: 'symlink', text })),
);

// Few names, so that packages and the user meet often, and links lead to what others bring.
const treeOf = (depth: number): fc.Arbitrary<TreeDirectory> => {
  const node = depth === 0 ? leaf : fc.oneof<fc.Arbitrary<TreeNode>[]>(leaf, treeOf(depth - 1));
  return fc.dictionary(fc.constantFrom(...NAMES), node, { maxKeys: 3 }).map((entries) => ({ type: 'directory', entries: new Map(Object.entries(entries)) }));
};

const packageOf = (tree: TreeDirectory, at: number): FarmPackage => ({ id: `p${at}-1`, name: `p${at}`, store: '/s', path: `/s/p${at}`, priority: 5, tree });

function leavesOf(directory: TreeDirectory, path = ''): string[] {
  return [...directory.entries].flatMap(([name, node]) => (node.type === 'directory' ? leavesOf(node, under(path, name)) : [under(path, name)]));
}

test('nothing of the user\'s is lost: it is carried, or named as a collision', () => {
  const layout = fc.constantFrom('full' as const, 'folded' as const);
  fc.assert(fc.property(fc.array(treeOf(2), { maxLength: 3 }), treeOf(2), layout, (trees, own, layout) => {
    const { plan, collisions } = planFarm({
      packages: trees.map(packageOf), layout, withLibc: false, prefer: ['p1'], preferOverUnmanaged: new Set(), isHidden: () => false, remedyOf: () => null,
      isFile: () => true, mustBeReal: () => false, mustLookInto: () => true, unmanaged: { tree: own, holderOf: () => '/g' }, isSame: (a, b) => a.length % 2 === b.length % 2,
    });
    const carried = new Set(plan.carried.map(({ path }) => path));
    const linked = new Set(plan.directories.flatMap((directory) => linksIn(directory).map(({ name }) => under(directory.path, name))));
    const colliding = collisions.filter(({ unmanaged }) => unmanaged).map(({ path }) => path);
    for (const path of leavesOf(own)) {
      expect(carried.has(path) || colliding.some((at) => path === at || path.startsWith(`${at}/`))).toBe(true);
      expect(linked.has(path)).toBe(false);
    }
  }), { numRuns: runs(1000), seed: 1 });
});
