import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pax, type RawEntry, tar } from '../support/archives.js';
import { layout, makePackage, type Sandbox, sandbox } from '../support/sandbox.js';

const ids = (box: Sandbox, argv: readonly string[]): string[] => box.json('nox-store', ['import', ...argv]).packages.map(({ id, status }: { id: string; status: string }) => `${status} ${id}`);

function withStore(): Sandbox {
  const box = sandbox();
  box.store('store');
  return box;
}

describe('a tar with one directory at its top', () => {
  test('leaves behind the .nox of a package that nox imported, as the directory itself does', () => {
    const box = withStore();
    makePackage(`${box.home}/tool-1.0`, { files: { 'bin/tool': 'x', 'share/.nox/kept': 'y' }, name: 'tool' });
    ids(box, ['tool-1.0']);
    execFileSync('tar', ['-C', `${box.root}/store`, '-czf', `${box.home}/tool.tgz`, 'tool-1.0']);
    const before = layout(box.root);
    expect(ids(box, ['tool.tgz', '--store', `${box.root}/other`, '--dry-run'])).toEqual(['imported tool-1.0']);
    expect(layout(box.root)).toEqual(before);

    expect(ids(box, ['tool.tgz', '--store', `${box.root}/other`])).toEqual(['imported tool-1.0']);

    expect(ids(box, [`${box.root}/store/tool-1.0`, '--store', `${box.root}/other`])).toEqual(['present tool-1.0']);
    expect(layout(`${box.root}/other/tool-1.0`)['.nox/provenance.json']).toContain('"source":"tool.tgz"');
    expect(layout(`${box.root}/other/tool-1.0`)).toHaveProperty('share/.nox/kept');
    expect(box.run('nox-store', ['verify', '--store', `${box.root}/other`])).toMatchObject({ status: 0 });
  });

  const refused: ReadonlyArray<readonly [what: string, entries: readonly RawEntry[], message: string]> = [
    ['a symlink in the place of its description', [{ name: 'p-1/nox-package.yaml', kind: '2', link: '/etc/passwd' }], '"p-1/nox-package.yaml": it is not a regular file'],
    ['a directory in the place of its description', [{ name: 'p-1/nox-package.yaml/', kind: '5' }], '"p-1/nox-package.yaml": it is not a regular file'],
    ['a file below its description', [{ name: 'p-1/nox-package.yaml/x', content: 'x' }], '"p-1/nox-package.yaml": it is not a regular file'],
    ['a name of nox in capitals', [{ name: 'p-1/.NOX/', kind: '5' }], '"p-1/.NOX": that name is reserved for nox'],
  ];

  test.each(refused)('is refused for %s', (_, entries, message) => {
    const box = withStore();
    box.write('home/p.tar', tar([{ name: 'p-1/', kind: '5', mode: 0o755 }, { name: 'p-1/bin/x', content: 'x' }, ...entries]));
    const before = layout(box.root);
    for (const flags of [['--dry-run'], []]) expect(box.run('nox-store', ['import', 'p.tar', ...flags])).toEqual({ stdout: '', status: 6, stderr: `nox-store: cannot import "${box.home}/p.tar": ${message}\n` });
    expect(layout(box.root)).toEqual(before);
  });
});

describe('a directory that holds absolute links', () => {
  test('has those into it made relative by either path of it, and no others', () => {
    const box = withStore();
    const [real, typed] = [`${box.home}/build/real-1.0`, `${box.home}/tool-1.0`];
    makePackage(real, {
      files: { 'lib/deep/x': 'x' },
      links: {
        'bin/real': `${real}/lib/deep/x`, 'bin/typed': `${typed}//lib/deep/x`, 'bin/self': `${typed}/../tool-1.0/lib/`, 'all': typed, 'all-lib': `${typed}//lib`,
        'lib/d': 'deep', 'bin/up': `${typed}/lib/d/../deep/x`, 'bin/out': `${typed}/../other-1.0/x`, 'bin/name': `${typed}-2/x`,
      },
    });
    fs.symlinkSync('build/real-1.0', typed);

    const { packages: [{ notes }] } = box.json('nox-store', ['import', 'tool-1.0']);

    expect(Object.entries(layout(`${box.root}/store/tool-1.0`)).filter(([, what]) => what.startsWith('-> '))).toEqual([
      ['all', '-> .'], ['all-lib', '-> lib'], ['bin/name', `-> ${typed}-2/x`], ['bin/out', `-> ${typed}/../other-1.0/x`], ['bin/real', '-> ../lib/deep/x'], ['bin/self', '-> ../lib'],
      ['bin/typed', '-> ../lib/deep/x'], ['bin/up', '-> ../lib/d/../deep/x'], ['lib/d', '-> deep'],
    ]);
    expect(notes).toEqual([`2 symlinks lead out of it: bin/name -> ${typed}-2/x, bin/out -> ${typed}/../other-1.0/x`]);
  });
});

describe('the time of an entry', () => {
  test.each(['1e400', '0x10', '', 'now', '-', '1 2', '1234567890123', 'Infinity'])('that cannot be read ("%s") has the archive refused', (mtime) => {
    const box = withStore();
    box.write('home/p.tar', tar([pax({ mtime }), { name: 'p-1/bin/x', content: 'x' }]));
    expect(box.run('nox-store', ['import', 'p.tar'])).toEqual({ stdout: '', status: 6, stderr: `nox-store: cannot import "${box.home}/p.tar": "p-1/bin/x": its time cannot be read\n` });
  });

  test.each([['1234567890.75', 1234567890], ['12.', 12], ['-5.5', 0]])('is kept in whole seconds since 1970 (%s)', (mtime, seconds) => {
    const box = withStore();
    box.write('home/p.tar', tar([pax({ mtime }), { name: 'p-1/bin/x', content: 'x' }]));
    ids(box, ['p.tar']);
    expect(fs.statSync(`${box.root}/store/p-1/bin/x`).mtimeMs).toBe(seconds * 1000);
  });
});

describe('what a package says of itself', () => {
  const problemOf = (box: Sandbox): string | null => box.json('nox-store', ['show', 'p-1']).package.problem;

  test.each([
    ['nox-package.yaml', 'nox-package.yaml', 'name: stolen\n'],
    ['.spack', '.spack/spec.json', '{"spec":{"nodes":[{"name":"stolen","version":"9"}]}}'],
    ['info/index.json', 'info/index.json', '{"name":"stolen","version":"9"}'],
  ])('is not read through a link out of it (%s)', (link, file, content) => {
    const box = withStore();
    box.write(`outside/${file}`, content);
    makePackage(`${box.root}/store/p-1`, { files: { 'bin/x': 'x' }, links: { [link]: `${box.root}/outside/${link}` } });
    expect(problemOf(box)).toBe(`${file}: it leads out of the package, and what lies elsewhere is not read`);
    expect(box.json('nox-store', ['show', 'p-1']).package.name).toBe('p');
  });

  test('is read through a link that stays in it, and in a package that a link leads to', () => {
    const box = withStore();
    makePackage(`${box.root}/area/p`, { files: { 'share/p.yaml': 'name: own\nversion: "7"\n' }, links: { 'nox-package.yaml': 'share/../share/p.yaml' } });
    fs.symlinkSync(`${box.root}/area/p`, `${box.root}/store/p-1`);
    expect(problemOf(box)).toBe(null);
    expect(box.json('nox-store', ['show', 'p-1']).package).toMatchObject({ name: 'own', version: '7' });
  });
});
