import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { deb } from '../support/archives.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

const xz = (bytes: Buffer): Buffer => execFileSync('xz', ['-c'], { input: bytes });

/** Imports packages one after the other, each told by its name, its version and its relations. */
function withPackages(packages: ReadonlyArray<readonly [name: string, version: string, relations?: string]>): Sandbox {
  const box = sandbox();
  box.store('store');
  for (const [name, version, relations = ''] of packages) {
    box.write(`home/${name}.deb`, deb(`Package: ${name}\nVersion: ${version}\n${relations}`, [{ name: `./usr/share/${name}`, content: name }], xz));
    box.json('nox-store', ['import', `${name}.deb`]);
  }
  return box;
}

const added = (box: Sandbox, argv: readonly string[]): string[] => box.json('nox-profile', ['add', ...argv]).changes.map(({ id }: { id: string }) => id).sort();

describe('a Debian package that is imported before its dependency', () => {
  test.each([
    ['(<< 1:2.39.5-.)', '1:2.39.5-0+deb12u2'], ['(>= 1.0)', '2.0~dfsg-1'], ['(>> 1.4)', '1.4.0-3'], ['(>= 5.10.5~dfsg)', '5.12.0~dfsg-2'], ['(>= 1.0.3)', '1.0.3.dev0-2'],
    ['(<< 3.6.2+dfsg1.0~)', '3.6.2+dfsg1-1'], ['(<< 2.0)', '2.0~rc1-1'], ['(= 1.2-3)', '1.2-3'], ['(>= 2.36)', '2.36-9+deb12u4'],
  ])('is added with it where Debian would: %s and %s', (relation, version) => {
    const box = withPackages([['tool', '1', `Depends: lib ${relation}\n`], ['lib', version]]);
    expect(added(box, ['tool'])).toEqual([`lib-${version.replace(/^\d+:/, '')}`, 'tool-1']);
  });

  test('is added with one of the same source, where zeros count for Debian', () => {
    expect(added(withPackages([['reader', '1.14.4-3', 'Depends: reader-data (<< 1.14.4.0~)\n'], ['reader-data', '1.14.4-3']]), ['reader'])).toEqual(['reader-1.14.4-3', 'reader-data-1.14.4-3']);
  });

  test('is not added with one that is too old or too new', () => {
    for (const [relation, version] of [['(>= 1.3)', '1.2-9'], ['(<< 2.0~)', '2.0-1'], ['(<< 1.2-3)', '1.2-3'], ['(= 1.2-3)', '1.2-4']]) {
      expect(withPackages([['tool', '1', `Depends: lib ${relation}\n`], ['lib', version as string]]).run('nox-profile', ['add', 'tool']).status).toBe(4);
    }
  });

  test('says the same of itself as one that is imported after it', () => {
    const [tool, lib] = [['tool', '1', 'Depends: lib (>= 1.0)\nBreaks: lib (<= 1.26.3)\n'], ['lib', '2.0~dfsg-1']] as const;
    const [before, after] = [[tool, lib], [lib, tool]].map((order) => layout(`${withPackages(order).root}/store`)['tool-1/nox-package.yaml']);
    expect(before).toBe('file name: "tool"\nversion: "1"\ndepends:\n  - "lib@>=1.0"\nconflicts:\n  - "lib@<1.26.3"\n');
    expect(after).toBe(before);
  });
});

describe('a Debian package that breaks another', () => {
  test.each([['(<= 1.26.3)', '1.26.3-1+b1'], ['(<< 1.2-3~)', '1.2-3~bpo12+1'], ['(= 1.2-3)', '1.2-3+b1'], ['(>= 2.0)', '2.0~rc1-1']])('is added beside it where Debian would: %s and %s', (relation, version) => {
    const box = withPackages([['tool', '1', `Breaks: lib ${relation}\n`], ['lib', version]]);
    expect(added(box, ['tool', 'lib'])).toEqual([`lib-${version}`, 'tool-1']);
  });

  test('is not added beside an older one', () => {
    for (const [relation, version] of [['(<= 1.26.3)', '1.26.2-1'], ['(<< 1.2-3)', '1.2-2+b1'], ['(<< 2.0)', '1.9~rc1-1']]) {
      expect(withPackages([['tool', '1', `Breaks: lib ${relation}\n`], ['lib', version as string]]).run('nox-profile', ['add', 'tool', 'lib']).status).toBe(4);
    }
  });
});

test('a prerelease of Debian does not come before a release that is in the range, too', () => {
  const box = withPackages([['tool', '1', 'Depends: lib (>= 1.0)\n'], ['lib', '2.0~rc1-1']]);
  box.write('home/old.deb', deb('Package: lib\nVersion: 1.9-1\n', [{ name: './usr/share/lib', content: 'old' }], xz));
  box.json('nox-store', ['import', 'old.deb']);
  expect(added(box, ['tool'])).toEqual(['lib-1.9-1', 'tool-1']);
});
