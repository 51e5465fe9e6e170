import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Bin, binPath, runCommand } from '../support/cli.js';
import { nameOfTheDead } from '../support/dead.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';

/** Bytes of the package's one large file, which has holes only: much longer to write than a signal takes. */
const LARGE = 1 << 29;

interface Long {
  readonly bin: Bin;
  /** Where `out` and `in` are directories of the sandbox. */
  readonly argv: (box: Sandbox) => string[];
  /** How what it writes first is called, in `out`. */
  readonly draft: RegExp;
}

const COMMANDS: Readonly<Record<string, Long>> = {
  'export': { bin: 'nox-store', argv: ({ root }) => ['export', 'tool', '-o', `${root}/out/x.tar`], draft: /^\.nox-archive-/ },
  'a compressed export': { bin: 'nox-store', argv: ({ root }) => ['export', 'tool', '-o', `${root}/out/x.tar.xz`], draft: /^\.nox-archive-/ },
  'pack': { bin: 'nox-profile', argv: ({ root }) => ['pack', 'dev', '-o', `${root}/out/x.tar`], draft: /^\.nox-archive-/ },
  'a compressed pack': { bin: 'nox-profile', argv: ({ root }) => ['pack', 'dev', '-o', `${root}/out/x.tar.zst`], draft: /^\.nox-archive-/ },
  'a pack as an image': { bin: 'nox-profile', argv: ({ root }) => ['pack', 'dev', '-o', `${root}/out/x.squashfs`], draft: /^\.nox-archive-/ },
  'import --dry-run': { bin: 'nox-store', argv: ({ root }) => ['import', `${root}/in/tool-2.0`, '--dry-run'], draft: /^nox-import-/ },
};
const hasPrograms = ['zstd', 'xz', 'mksquashfs'].every((program) => runCommand('/bin/sh', ['-c', `command -v ${program}`]).status === 0);
const names = Object.keys(COMMANDS).filter((name) => !name.startsWith('a ') || hasPrograms);

/** A store and a profile with a package that is large or small, and one to import. */
function archivable(size: number): Sandbox {
  const box = sandbox();
  box.store().package('tool-1.0', { files: { 'bin/tool': 'tool', 'share/large': '' } });
  fs.truncateSync(`${box.store().path}/tool-1.0/share/large`, size);
  box.write('in/tool-2.0/share/large', '');
  fs.truncateSync(`${box.root}/in/tool-2.0/share/large`, size);
  fs.mkdirSync(`${box.root}/out`);
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'tool', '-p', 'dev']);
  return box;
}

const there = (box: Sandbox): string[] => fs.readdirSync(`${box.root}/out`);
const leases = (box: Sandbox): string[] => fs.readdirSync(`${box.profiles}/.nox/leases`);
const env = (box: Sandbox): Record<string, string> => ({ ...box.environment(), TMPDIR: `${box.root}/out` });

/** Starts a command, and sends a signal, to all of its processes as a terminal does or to itself alone, once its draft is there. */
async function struck(box: Sandbox, { bin, argv, draft }: Long, { signal, group }: { readonly signal: NodeJS.Signals; readonly group: boolean }): Promise<{ readonly ended: NodeJS.Signals | number | null; readonly stderr: string }> {
  const child: ChildProcess = spawn(binPath(bin), argv(box), { env: { PATH: '/usr/bin:/bin', NOX_NODE: process.execPath, ...env(box) }, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  while (child.exitCode === null && !there(box).some((name) => draft.test(name))) await new Promise((resolve) => setTimeout(resolve, 1));
  process.kill(group ? -(child.pid as number) : (child.pid as number), signal);
  const [status, by] = await closed;
  return { ended: by ?? status, stderr };
}

describe.each(names)('%s', (name) => {
  const command = COMMANDS[name] as Long;

  test.each([['SIGINT', true], ['SIGTERM', false], ['SIGHUP', false]] as const)('that is interrupted by %s (its whole group: %s) leaves nothing and ends by that', async (signal, group) => {
    const box = archivable(LARGE);
    const { ended, stderr } = await struck(box, command, { signal, group });
    expect([ended, stderr]).toEqual([signal, `${command.bin}: interrupted by ${signal}; nothing was changed\n`]);
    expect(there(box)).toEqual([]);
    expect(leases(box)).toEqual([]);
  });

  test('that is killed leaves a draft, and the next one removes it', async () => {
    const box = archivable(LARGE);
    expect((await struck(box, command, { signal: 'SIGKILL', group: true })).ended).toBe('SIGKILL');
    expect(there(box)).toEqual([expect.stringMatching(command.draft)]);
    for (const large of [`${box.store().path}/tool-1.0/share/large`, `${box.root}/in/tool-2.0/share/large`]) fs.truncateSync(large, 1);
    expect(runCommand(binPath(command.bin), command.argv(box), { env: env(box) })).toMatchObject({ status: 0 });
    expect(there(box).filter((entry) => command.draft.test(entry))).toEqual([]);
  });
});

test('a dry run of an import removes only what a killed one of the same user left', () => {
  const box = archivable(1);
  const [dead, open, file] = [nameOfTheDead(), nameOfTheDead(), nameOfTheDead()].map((owner) => `nox-import-${owner}`) as [string, string, string];
  box.write(`out/${dead}/0/x`, 'x');
  box.write(`out/${open}/0/x`, 'x');
  box.write(`out/${file}`, 'x');
  box.write('out/nox-import-Ab3xYz/x', 'x');
  fs.chmodSync(`${box.root}/out/${dead}`, 0o700);
  fs.chmodSync(`${box.root}/out/nox-import-Ab3xYz`, 0o700);
  expect(runCommand(binPath('nox-store'), ['import', `${box.root}/in/tool-2.0`, '--dry-run'], { env: env(box) }).status).toBe(0);
  expect(there(box).sort()).toEqual(['nox-import-Ab3xYz', open, file].sort());
});
