import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Bin, binPath, runCommand } from '../support/cli.js';
import { nameOfTheDead } from '../support/dead.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';

/** The commands that write an archive where the user says, but for the name of the file. */
const WRITERS: ReadonlyArray<readonly [Bin, string[]]> = [['nox-store', ['export', 'tool', '-o']], ['nox-profile', ['pack', 'dev', '-o']]];
const hasStrace = runCommand('/bin/sh', ['-c', 'strace -o /dev/null true']).status === 0;

function archivable(): Sandbox {
  const box = sandbox();
  box.store().package('tool-1.0', { files: { 'bin/tool': 'tool' } });
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'tool', '-p', 'dev']);
  return box;
}

const membersOf = (file: string): string => runCommand('tar', ['-tf', file]).stdout;

describe.each(WRITERS)('%s %j', (bin, argv) => {
  const write = (box: Sandbox, file: string) => box.run(bin, [...argv, file]);

  test('writes to the file that a link at its target leads to, be it there or not', () => {
    const box = archivable();
    box.write('elsewhere/real.tar', 'older');
    fs.symlinkSync('there', `${box.home}/directory`);
    fs.symlinkSync('../elsewhere', `${box.home}/there`);
    fs.symlinkSync('directory/real.tar', `${box.home}/first.tar`);
    fs.symlinkSync('first.tar', `${box.home}/second.tar`);
    fs.symlinkSync('directory/../elsewhere/new.tar', `${box.home}/third.tar`);
    expect([write(box, 'second.tar').status, write(box, 'third.tar').status]).toEqual([0, 0]);
    expect(['first', 'second', 'third'].map((name) => fs.readlinkSync(`${box.home}/${name}.tar`))).toEqual(['directory/real.tar', 'first.tar', 'directory/../elsewhere/new.tar']);
    expect(fs.readdirSync(`${box.root}/elsewhere`).sort()).toEqual(['new.tar', 'real.tar']);
    expect(membersOf(`${box.root}/elsewhere/real.tar`)).toContain('bin/tool\n');
    expect(membersOf(`${box.root}/elsewhere/new.tar`)).toContain('bin/tool\n');
  });

  test('refuses a missing directory, a circle of links and what is no file, and leaves nothing', () => {
    const box = archivable();
    fs.symlinkSync('circle.tar', `${box.home}/circle.tar`);
    fs.mkdirSync(`${box.home}/directory.tar`);
    const before = fs.readdirSync(box.home);
    expect(write(box, 'gone/x.tar')).toMatchObject({ status: 3, stderr: `${bin}: there is no "${box.home}/gone"\n` });
    expect(write(box, 'circle.tar')).toMatchObject({ status: 3, stderr: `${bin}: there is no "${box.home}/circle.tar"\n` });
    expect(write(box, 'directory.tar')).toMatchObject({ status: 2, stderr: expect.stringContaining(`"${box.home}/directory.tar" is there and no regular file\n`) });
    expect(fs.readdirSync(box.home)).toEqual(before);
  });

  test('removes the drafts that killed commands left beside its target, and nothing else', () => {
    const box = archivable();
    const dead = nameOfTheDead();
    for (const name of [`.nox-archive-${dead}`, `.nox-pack-${dead}`, `.nox-other-${dead}`, '.nox-archive-mine', `nox-archive-${dead}`]) box.write(`out/${name}`, 'x');
    fs.mkdirSync(`${box.root}/out/.nox-archive-${nameOfTheDead()}`);
    const directory = fs.readdirSync(`${box.root}/out`).filter((name) => fs.statSync(`${box.root}/out/${name}`).isDirectory());
    expect(write(box, `${box.root}/out/x.tar`).status).toBe(0);
    expect(fs.readdirSync(`${box.root}/out`).sort()).toEqual([...directory, `.nox-other-${dead}`, '.nox-archive-mine', `nox-archive-${dead}`, 'x.tar'].sort());
  });

  test.runIf(hasStrace)('forces the file to disk, then its name', () => {
    const box = archivable();
    const trace = `${box.root}/trace`;
    expect(runCommand('strace', ['-f', '-y', '-o', trace, '-e', 'trace=fsync,rename,renameat,renameat2', binPath(bin), ...argv, 'x.tar'], { env: box.environment(), cwd: box.home }).status).toBe(0);
    const calls = fs.readFileSync(trace, 'utf8').split('\n').flatMap((line) => {
      const [, call, rest] = /^\d+ +(\w+)\((.*)\) += 0/.exec(line) ?? [];
      return rest?.includes('/.nox-archive-') || rest?.endsWith(`<${box.home}>`) ? [call] : [];
    });
    expect(calls).toEqual(['fsync', 'rename', 'fsync']);
  });
});
