import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { raw, toBytes } from '../../src/fs/bytes.js';
import { shellWord } from '../../src/shell-word.js';
import { layout, sandbox, type Sandbox } from '../support/sandbox.js';

const shows = (name: string): string => `#!/bin/sh\necho "${name} A=$A LIST=$LIST at $0 with $*"\n`;

function withProgram(remedies?: Record<string, unknown>): Sandbox {
  const box = sandbox();
  box.store().package('tool-1', { files: { 'bin/tool': shows('tool'), 'lib/tool/part': shows('part'), 'share/t/a.txt': 'a', 'share/t/b.txt': 'b' }, ...(remedies === undefined ? {} : { remedies }) });
  return box;
}

const add = (box: Sandbox, ...words: string[]): void => void box.json('nox-profile', ['add', ...words]);
const at = (box: Sandbox, path: string): string => `${box.profiles}/default/${path}`;
function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

const isLink = (path: string): boolean => fs.lstatSync(path).isSymbolicLink();

describe('a copy', () => {
  test('has the bytes, execute bits and second of the file, cannot be written, and is no file of the user\'s', () => {
    const box = withProgram({ copy: ['bin/*'] });
    fs.utimesSync(`${box.store().pathOf('tool-1')}/bin/tool`, 1_600_000_000, 1_600_000_000.75);
    add(box, 'tool');
    const found = fs.lstatSync(at(box, 'bin/tool'));
    expect([found.isFile(), found.mode & 0o777, found.mtimeMs, found.nlink]).toEqual([true, 0o555, 1_600_000_000_000, 1]);
    expect(fs.readFileSync(at(box, 'bin/tool'), 'utf8')).toBe(shows('tool'));
    expect(isLink(at(box, 'lib/tool/part'))).toBe(true);
    const status = box.json('nox-profile', ['status']);
    expect([status.made, status.unmanaged]).toEqual([[{ path: 'bin/tool', kind: 'copy' }], []]);
    expect(box.json('nox-profile', ['owner', 'tool'])).toMatchObject({ id: 'tool-1', path: 'bin/tool', target: `${box.store().pathOf('tool-1')}/bin/tool` });
    expect(box.json('nox-store', ['owner', at(box, 'bin/tool')])).toMatchObject({ package: { id: 'tool-1' }, file: 'bin/tool' });
    box.write(at(box, 'bin/mine'), '');
    expect(box.json('nox-store', ['owner', at(box, 'bin/mine')], { status: 3 }).error.code).toBe('owner-unknown');
  });

  test('follows a link, and leaves one to a directory alone', () => {
    const box = sandbox();
    box.store().package('tool-1', { files: { 'bin/tool-1': shows('tool'), 'share/t/a': 'a' }, links: { 'bin/tool': 'tool-1', 'bin/data': '../share/t', 'bin/lost': 'nowhere' }, remedies: { copy: 'bin/*' } });
    add(box, 'tool');
    expect(box.json('nox-profile', ['status']).made.map((file: { path: string }) => file.path)).toEqual(['bin/tool', 'bin/tool-1']);
    expect([isLink(at(box, 'bin/data')), isLink(at(box, 'bin/lost'))]).toEqual([true, true]);
  });

  test('is what the profile says with --copy, for one package or all, until --no-copy', () => {
    const box = withProgram();
    add(box, 'tool', '--copy', 'tool:bin/tool', '--copy', '**/part');
    expect([isLink(at(box, 'bin/tool')), isLink(at(box, 'lib/tool/part'))]).toEqual([false, false]);
    expect(box.json('nox-profile', ['status']).copy).toEqual(['tool:bin/tool', '**/part']);
    add(box, 'tool', '--no-copy', 'tool:bin/tool');
    expect([isLink(at(box, 'bin/tool')), isLink(at(box, 'lib/tool/part'))]).toEqual([true, false]);
    const idle = box.run('nox-profile', ['add', 'tool', '--copy', 'bin/tooool', '--dry-run']);
    expect(idle).toMatchObject({ status: 0, stderr: 'nox-profile: "bin/tooool" copies nothing: no package of the profile brings such a file\n' });
    expect(box.run('nox-profile', ['add', 'tool', '--copy', 'a(b)'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--copy "a(b)"') });
  });

  test('keeps the directories above it real in the folded layout, and those only', () => {
    const box = withProgram({ copy: ['share/t/a.txt'] });
    box.json('nox-profile', ['new', 'f', '--layout', 'folded']);
    box.json('nox-profile', ['add', 'tool', '-p', 'f']);
    expect(fs.lstatSync(`${box.profiles}/f/share/t`).isDirectory()).toBe(true);
    expect(fs.lstatSync(`${box.profiles}/f/share/t/a.txt`).isFile()).toBe(true);
    expect(box.json('nox-profile', ['status', 'f']).folded).toEqual(['lib/tool']);
  });

  test('shows nothing and writes nothing in a dry run', () => {
    const box = withProgram({ copy: ['bin/*'] });
    add(box, 'tool');
    const before = layout(box.profiles);
    add(box, 'tool', '--copy', '**', '--dry-run');
    expect(layout(box.profiles)).toEqual(before);
  });

  test('that the user changed is the user\'s: it stays in its generation, and collides in the next', () => {
    const box = withProgram({ copy: ['bin/*'] });
    add(box, 'tool');
    box.store().package('other-1', { files: { 'bin/other': 'x' } });
    fs.chmodSync(at(box, 'bin/tool'), 0o755);
    fs.appendFileSync(at(box, 'bin/tool'), '# mine\n');
    expect(box.json('nox-profile', ['status']).unmanaged).toEqual(['bin/tool']);
    const refused = box.json('nox-profile', ['add', 'other'], { status: 4 });
    expect(refused.error.data.collisions).toMatchObject([{ path: 'bin/tool', unmanaged: true }]);
    add(box, 'other', '--hide', 'tool:bin/tool');
    expect(fs.readFileSync(at(box, 'bin/tool'), 'utf8')).toMatch(/# mine\n$/);
    expect(fs.readFileSync(`${box.store().pathOf('tool-1')}/bin/tool`, 'utf8')).toBe(shows('tool'));
  });

  test('that was only touched is still nox\'s own', () => {
    const box = withProgram({ copy: ['bin/*'] });
    add(box, 'tool');
    fs.utimesSync(at(box, 'bin/tool'), 1, 1);
    expect(box.json('nox-profile', ['status']).unmanaged).toEqual([]);
  });

  test('loses to nobody who is preferred, and wins like a link', () => {
    const box = withProgram({ copy: ['bin/*'] });
    box.store().package('rival-1', { files: { 'bin/tool': shows('rival') } });
    box.json('nox-profile', ['add', 'tool', 'rival'], { status: 4 });
    add(box, 'tool', 'rival', '--prefer', 'rival');
    expect([isLink(at(box, 'bin/tool')), fs.readFileSync(at(box, 'bin/tool'), 'utf8')]).toEqual([true, shows('rival')]);
    add(box, 'tool', '--prefer', 'tool');
    expect([isLink(at(box, 'bin/tool')), fs.readFileSync(at(box, 'bin/tool'), 'utf8')]).toEqual([false, shows('tool')]);
  });

  test('is gone from the next generation with its package, and there in the old one', () => {
    const box = withProgram({ copy: ['bin/*'] });
    add(box, 'tool');
    box.json('nox-profile', ['del', 'tool']);
    expect(fs.existsSync(at(box, 'bin'))).toBe(false);
    box.json('nox-profile', ['rollback']);
    expect(fs.readFileSync(at(box, 'bin/tool'), 'utf8')).toBe(shows('tool'));
  });
});

describe('a wrapper', () => {
  const wrap = { 'bin/tool': { set: { A: '${profile}/x' }, prepend: { LIST: ['${package}/first'] }, append: { LIST: '${profile}/last' } } };
  const run = (program: string, env: Record<string, string> = {}, words: string[] = []): string =>
    execFileSync(raw(program) as string, words, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...env } });

  test('sets the variables, keeps the arguments and runs the package\'s own program', () => {
    const box = withProgram({ wrap });
    add(box, 'tool');
    const root = fs.realpathSync(`${box.profiles}/default`);
    const own = box.store().pathOf('tool-1');
    const [before, after] = [`tool A=${root}/x LIST=`, ` at ${own}/bin/tool with`];
    expect(run(at(box, 'bin/tool'))).toBe(`${before}${own}/first:${root}/last${after} \n`);
    expect(run(at(box, 'bin/tool'), { LIST: 'mine' }, ['a  b', '', "c'"])).toBe(`${before}${own}/first:mine:${root}/last${after} a  b  c'\n`);
    expect(fs.lstatSync(at(box, 'bin/tool')).mode & 0o777).toBe(0o555);
  });

  test('keeps the directories of the system as env does, and adds nothing again that is there', () => {
    const box = sandbox();
    const prepend = { XDG_DATA_DIRS: ['${profile}/data'], MANPATH: ['${profile}/man'], LIST: ['${profile}/first', '${profile}/second'] };
    box.store().package('tool-1', {
      files: { 'bin/tool': '#!/bin/sh\nprintf "%s " "$XDG_DATA_DIRS" "$MANPATH" "$LIST"\n[ -n "${AGAIN-}" ] || AGAIN=x exec "$WRAPPER"\n' },
      remedies: { wrap: { 'bin/tool': { prepend, append: { LIST: '${profile}/last', MANPATH: '${profile}/more' } } } },
    });
    add(box, 'tool');
    const root = fs.realpathSync(`${box.profiles}/default`);
    const said = (env: Record<string, string>): string => run(at(box, 'bin/tool'), { WRAPPER: at(box, 'bin/tool'), ...env });
    const nothing = `${root}/data:/usr/local/share:/usr/share ${root}/man:${root}/more: ${root}/first:${root}/second:${root}/last `;
    expect(said({})).toBe(nothing.repeat(2));
    expect(said({ XDG_DATA_DIRS: '', MANPATH: '', LIST: '' })).toBe(nothing.repeat(2));
    const given = `${root}/data:/d ${root}/man:/m::${root}/more ${root}/first:${root}/second:/l:${root}/last `;
    expect(said({ XDG_DATA_DIRS: '/d', MANPATH: '/m:', LIST: '/l' })).toBe(given.repeat(2));
  });

  test('finds the profile through links, by PATH, by a relative path, and in every generation', () => {
    const box = withProgram({ wrap });
    add(box, 'tool');
    const root = fs.realpathSync(`${box.profiles}/default`);
    box.store().package('other-1', { files: { 'bin/other': 'x' } });
    add(box, 'other');
    const next = fs.realpathSync(`${box.profiles}/default`);
    fs.mkdirSync(`${box.home}/bin`);
    fs.symlinkSync('../nix/profiles/default/bin', `${box.home}/bin/deep`);
    fs.symlinkSync('deep/tool', `${box.home}/bin/name`);
    const say = (script: string): string => execFileSync('sh', ['-c', script], { encoding: 'utf8', cwd: box.home, env: { PATH: `${box.home}/bin:/usr/bin:/bin`, CDPATH: '/usr' } });
    for (const script of ['name', './bin/name', 'bin/deep/tool', 'cd ./bin/deep; ./tool', 'cd ./bin; sh deep/tool']) expect(say(script)).toContain(`A=${next}/x `);
    expect(run(`${root}/bin/tool`)).toContain(`A=${root}/x `);
  });

  test('works after the home was moved, and in a copy without links, the package gone', () => {
    const box = withProgram({ wrap });
    add(box, 'tool');
    fs.renameSync(box.profiles, `${box.root}/moved`);
    expect(run(`${box.root}/moved/default/bin/tool`)).toContain(`A=${fs.realpathSync(`${box.root}/moved/default`)}/x `);
    execFileSync('cp', ['-aL', `${box.root}/moved/default/`, `${box.root}/packed`]);
    fs.rmSync(box.store().path, { recursive: true });
    expect(run(`${box.root}/packed/bin/tool`)).toContain(`A=${box.root}/packed/x `);
  });

  // Not yash, which reads scripts as characters and not as bytes.
  const shells = ['dash', 'bash', 'ksh', 'mksh', 'zsh', 'busybox'].filter((name) => spawnSync(name, ['-c', 'true']).error === undefined);

  test('is found where it lies when it is called without a directory, whatever else PATH has of its name', () => {
    const box = withProgram({ wrap });
    add(box, 'tool');
    const root = fs.realpathSync(`${box.profiles}/default`);
    box.write('home/bin/tool', '#!/bin/sh\n', 0o755);
    const say = (command: string, path: string): string => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', cwd: `${root}/bin`, env: { PATH: `${path}:/usr/bin:/bin` } });
    for (const shell of shells) expect(say(`${shell === 'busybox' ? 'busybox sh' : shell} tool`, `${box.home}/bin`)).toContain(`A=${root}/x `);
    expect(say('env tool', '')).toContain(`A=${root}/x `);
  });

  const oddBox = once(() => {
    const odd = `a 'b"$(c)\`d\`\\ e*\n\udcff`;
    const box = sandbox({ name: odd });
    const text = `'"$x\`y\`\\ \${HOME} \n*ü`;
    box.store().package('tool-1', {
      files: { 'bin/tool': '#!/bin/sh\nprintf "%s\\0" "$A" "$@"\n' },
      remedies: { wrap: { 'bin/tool': { set: { A: `\${profile}|\${package}|${text}` } } } },
    });
    add(box, 'tool');
    return { box, text };
  });

  test.each(shells)('is safe with any bytes in %s', (shell) => {
    const { box, text } = oddBox();
    // Node gives a program arguments of text only.
    const command = `${shell === 'busybox' ? 'busybox sh' : shell} ${shellWord(at(box, 'bin/tool'))} 'one
' "t'w o"`;
    const said = execFileSync('sh', ['-c', command], { env: { PATH: '/usr/bin:/bin' } });
    const root = fs.realpathSync.native(raw(`${box.profiles}/default`), 'buffer');
    const expected = Buffer.concat([root, Buffer.from('|'), toBytes(box.store().pathOf('tool-1')), Buffer.from(`|${text}\0one\n\0t'w o\0`)]);
    expect(said.toString('latin1')).toBe(expected.toString('latin1'));
  });

  test('may not set what belongs to the shell', () => {
    const box = withProgram({ wrap: { 'bin/tool': { set: { HOME: '/x' } } } });
    expect(box.json('nox-profile', ['add', 'tool'], { status: 6 }).error.code).toBe('invalid-env');
  });
});

describe('a rewritten file', () => {
  test('has all texts replaced at once, the longest first, with the places of profile and package', () => {
    const box = sandbox();
    box.store().package('tool-1', {
      files: { 'bin/tool-config': '#!/bin/sh\nprefix=/opt/old # /opt/old/sub\necho $prefix\n', 'bin/data': Buffer.from('/opt/old\0') },
      remedies: { rewrite: { 'bin/*': { '/opt/old': '${package}', '/opt/old/sub': '${profile}/sub /opt/old' } } },
    });
    add(box, 'tool');
    expect(fs.readFileSync(at(box, 'bin/tool-config'), 'utf8')).toBe(`#!/bin/sh\nprefix=${box.store().pathOf('tool-1')} # ${box.profiles}/default/sub /opt/old\necho $prefix\n`);
    expect(fs.readFileSync(at(box, 'bin/data'), 'latin1')).toBe('/opt/old\0');
    expect(box.json('nox-profile', ['status']).made).toEqual([{ path: 'bin/data', kind: 'rewritten' }, { path: 'bin/tool-config', kind: 'rewritten' }]);
  });
});

test('a package of the profile that has become unusable is refused when it is asked for again', () => {
  const box = withProgram();
  add(box, 'tool');
  box.write(`${box.store().pathOf('tool-1')}/nox-package.yaml`, 'remedies: {copy: bin/tool}\nremedies: {copy: bin/tool}\n');
  expect(box.json('nox-profile', ['add', 'tool'], { status: 6 }).error).toMatchObject({ code: 'package-unusable', message: expect.stringContaining('the package "tool-1" of ') });
  box.store().package('more-1', { files: { 'bin/more': '' } });
  expect(box.json('nox-profile', ['add', 'more']).generation).toBe(2);
});

test('remedies that cannot be read make a package unusable, and say what they must be', () => {
  const box = withProgram({ copy: ['a(b)'] });
  expect(box.json('nox-profile', ['add', 'tool'], { status: 6 }).error.message).toContain('remedies: it must be a map of "copy"');
});

describe('nox-profile doctor', () => {
  const findings = (box: Sandbox): { code: string; message: string; hint: string; damage: boolean }[] => box.json('nox-profile', ['doctor']).findings;

  test('names a *-config and a .pc file with the prefix of another place, and the remedy it tells works', () => {
    const box = sandbox();
    box.store().package('tool-1', { files: { 'bin/tool-config': '#!/bin/sh\nprefix=/opt/nowhere\necho $prefix\n', 'lib/pkgconfig/tool.pc': 'prefix=/opt/nowhere\nName: tool\n', 'bin/fine-config': '#!/bin/sh\nprefix=$(dirname "$0")\n' } });
    add(box, 'tool');
    const [found, ...others] = findings(box);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'foreign-prefix', damage: false, message: 'bin/tool-config (/opt/nowhere), lib/pkgconfig/tool.pc (/opt/nowhere) tells the place of another installation' });
    const yaml = /write (remedies: .*?) into /.exec(found!.hint)![1]!;
    box.write(`${box.store().pathOf('tool-1')}/nox-package.yaml`, yaml);
    add(box, 'tool');
    expect(findings(box)).toEqual([]);
    expect(execFileSync(at(box, 'bin/tool-config'), { encoding: 'utf8' })).toBe(`${box.store().pathOf('tool-1')}\n`);
  });

  test('of a package that has remedies already, tells what those are to be', () => {
    const box = sandbox();
    const script = (interpreter: string): string => `#!${interpreter}\necho runs\n`;
    const file = `${box.store().pathOf('tool-1')}/nox-package.yaml`;
    box.store().package('tool-1', {
      files: { 'bin/tool': script('/opt/nowhere/bin/sh'), 'bin/other': script('/opt/old/sh') },
      yaml: 'name: tool\nremedies:\n  copy: share/*\n  rewrite: {bin/other: {/opt/old: /bin}}\n',
    });
    add(box, 'tool');
    const [found, ...others] = findings(box);
    expect(others).toEqual([]);
    const rewrite = '{"bin/other":{"/opt/old":"/bin"},"bin/tool":{"/opt/nowhere/bin/sh":"/usr/bin/env sh"}}';
    expect(found!.hint).toBe(`in ${file}, under the "remedies" that it has, write rewrite: ${rewrite} in the place of what is there of that, then: nox-profile add tool -p default`);
    box.write(file, `name: tool\nremedies:\n  copy: share/*\n  rewrite: ${rewrite}\n`);
    add(box, 'tool');
    expect(findings(box)).toEqual([]);
    expect(execFileSync(at(box, 'bin/tool'), { encoding: 'utf8' })).toBe('runs\n');
  });

  test('names a script whose interpreter is not here, and the remedy it tells works', () => {
    const box = sandbox();
    box.store().package('tool-1', { files: { 'bin/tool': '#!/opt/nowhere/bin/sh\necho runs\n' } });
    add(box, 'tool');
    const [found] = findings(box);
    expect(found).toMatchObject({ code: 'foreign-interpreter', damage: false });
    box.write(`${box.store().pathOf('tool-1')}/nox-package.yaml`, /write (remedies: .*?) into /.exec(found!.hint)![1]!);
    add(box, 'tool');
    expect(findings(box)).toEqual([]);
    expect(execFileSync(at(box, 'bin/tool'), { encoding: 'utf8' })).toBe('runs\n');
  });

  test('names a Python whose library is in another package, and the flag it tells settles it', () => {
    const box = sandbox();
    box.store()
      .package('py-1', { files: { 'bin/python3.11': Buffer.from('\x7fELF and so on', 'latin1') }, depends: ['pylib'] })
      .package('pylib-1', { files: { 'lib/python3.11/os.py': '' } });
    add(box, 'py');
    const [found] = findings(box);
    expect(found).toMatchObject({ code: 'python-elsewhere', hint: expect.stringMatching(/^for this profile: nox-profile add py -p default --copy py:bin\/python3\.11; /) });
    add(box, 'py', '-p', 'default', '--copy', 'py:bin/python3.11');
    expect(findings(box)).toEqual([]);
  });

  test.skipIf(spawnSync('gcc', ['--version']).status !== 0)('names a program that does not find a library by its $ORIGIN, where LD_LIBRARY_PATH does not help', () => {
    const box = sandbox();
    const build = `${box.root}/build`;
    fs.mkdirSync(build);
    fs.writeFileSync(`${build}/l.c`, 'int answer(void) { return 42; }\n');
    fs.writeFileSync(`${build}/m.c`, 'int answer(void);\nint main(void) { return answer() == 42 ? 0 : 1; }\n');
    execFileSync('gcc', ['-shared', '-fPIC', 'l.c', '-o', 'libanswer.so'], { cwd: build });
    execFileSync('gcc', ['m.c', '-o', 'asks', '-L.', '-lanswer', '-Wl,-rpath,$ORIGIN/../lib/private'], { cwd: build });
    box.store()
      .package('asks-1', { files: { 'bin/asks': fs.readFileSync(`${build}/asks`) }, depends: ['answer'] })
      .package('answer-1', { files: { 'lib/private/libanswer.so': fs.readFileSync(`${build}/libanswer.so`) } });
    add(box, 'asks');
    expect(spawnSync(at(box, 'bin/asks')).status).not.toBe(0);
    expect(findings(box)).toMatchObject([{ code: 'library-elsewhere', message: expect.stringContaining('bin/asks (libanswer.so)') }]);
    add(box, 'asks', '--copy', 'asks:bin/asks');
    expect(spawnSync(at(box, 'bin/asks')).status).toBe(0);
    expect(findings(box)).toEqual([]);
  });
});
