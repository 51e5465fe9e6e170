import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bin, ROOT, runNox } from '../support/cli.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';

const PAGE = fs.readFileSync(path.join(ROOT, 'docs/json.md'), 'utf8');

function section(heading: string): string {
  const [, after = ''] = PAGE.split(`\n${heading}\n`);
  return after.split(/\n##/)[0] as string;
}

const codes = (text: string): ReadonlySet<string> => new Set([...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string));
/** The fields that a section's tables have rows for. */
const rows = (text: string): ReadonlySet<string> => codes([...text.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell).join(' '));

/** What is keyed by names of the user's. */
const MAPS = ['set', 'prepend', 'append', 'remedies'];
/** Fields whose parts have one of the page's shapes. */
const SHAPED: Readonly<Record<string, string>> = { changes: 'change', choices: 'choice', doubts: 'doubt', heldBy: 'holder', satisfiedBy: 'package', shadows: 'package', others: 'package' };
const shapeOf = (name: string): ReadonlySet<string> => codes(section('## Shapes').split('\n\n').find((paragraph) => paragraph.trim().startsWith(`**${name}**`)) ?? '');

/** Every field in a document, with those of its parts; what has a shape of its own is looked up there. */
function fieldsOf(value: unknown, known: ReadonlySet<string>): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => fieldsOf(one, known));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const shape = SHAPED[key];
    const below = MAPS.includes(key) ? [] : fieldsOf(part, shape === undefined ? known : new Set([...known, ...shapeOf(shape)]));
    return [...(known.has(key) ? [] : [key]), ...below];
  });
}

/** The names of all fields of a document and its parts. */
const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.flatMap(namesIn) : typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, part]) => [key, ...namesIn(part)]) : []);

const box: Sandbox = sandbox();

/** A session in which every command has something to tell. */
function session(): ReadonlyArray<readonly [Bin, readonly string[], number?]> {
  box.store('store').config({ scope: 'private' })
    .package('zlib-1.2.0', { files: { 'lib/libz.so': '1' } })
    .package('zlib-1.3.0', { files: { 'lib/libz.so': '2' } })
    .package('root-6.30', { files: { 'bin/root': '30', 'share/doc/root/a': '' }, depends: ['zlib'], env: { set: { R: '${profile}' } } })
    .package('idle-1', { files: { 'bin/idle': '' } })
    .link('root', 'root-6.30');
  box.write('home/tool-2.1/bin/tool', '#!/bin/sh\n', 0o755);
  box.write('home/tool-2.1/nox-package.yaml', 'depends: [nothing]\n');
  return [
    ['nox-store', ['list']], ['nox-store', ['show', 'root']], ['nox-store', ['search', 'zl']], ['nox-store', ['owner', box.store('store').pathOf('root-6.30')]],
    ['nox-store', ['import', 'tool-2.1']], ['nox-store', ['verify']], ['nox-store', ['export', 'zlib', '-o', 'zlib.tar']],
    ['nox-store', ['init', 'new-store', '--private']],
    ['nox-profile', ['new', 'dev']], ['nox-profile', ['add', 'root', 'zlib-1.2.0', '-p', 'dev']], ['nox-profile', ['pin', 'zlib', '-p', 'dev']], ['nox-profile', ['outdated', 'dev']],
    ['nox-profile', ['unpin', 'zlib', '-p', 'dev']], ['nox-profile', ['add', 'zlib', '-p', 'dev']], ['nox-profile', ['upgrade', '-p', 'dev']], ['nox-profile', ['list']], ['nox-profile', ['list', 'dev']],
    ['nox-profile', ['status', 'dev']], ['nox-profile', ['history', 'dev']], ['nox-profile', ['history', 'dev', '--switches']], ['nox-profile', ['diff', 'dev', '1', '2']],
    ['nox-profile', ['switch', '1', '-p', 'dev']], ['nox-profile', ['rollback', 'dev']], ['nox-profile', ['why', 'zlib', '-p', 'dev']], ['nox-profile', ['owner', 'root', '-p', 'dev']],
    ['nox-profile', ['env', 'dev']], ['nox-profile', ['env', 'dev', '--explain', '--omit', 'PATH']], ['nox-profile', ['env', 'dev', '--lease=1d']], ['nox-profile', ['export', 'dev']], ['nox-profile', ['export', 'dev', '--lock']],
    ['nox-profile', ['pack', 'dev', '-o', 'dev.tar']], ['nox-profile', ['publish', 'dev', '--as', 'r1', '--releases', 'releases']], ['nox-profile', ['new', 'exp', '--path', `${box.home}/exp/exp`]],
    ['nox-profile', ['register', `${box.home}/exp/exp`]], ['nox-profile', ['new', 'thin', '--layout', 'folded']], ['nox-profile', ['add', 'root', '-p', 'thin']], ['nox-profile', ['refresh', 'thin']],
    ['nox-profile', ['unfold', 'share/doc', '-p', 'thin']], ['nox-profile', ['apply', 'copy.yaml', '-p', 'copy']], ['nox-profile', ['del', 'zlib', '-p', 'copy']], ['nox-profile', ['prune', 'copy', '--older-than', '0']],
    ['nox-store', ['survey']], ['nox-store', ['why-kept', 'root']], ['nox-store', ['what-if', 'root']], ['nox-store', ['gc', '--dry-run']], ['nox-store', ['doctor']],
    ['nox-profile', ['doctor'], 6], ['nox-profile', ['remove', 'copy']],
  ];
}

describe('docs/json.md', () => {
  test.each(['nox-store', 'nox-profile'] as const)('names every command of %s', (bin) => {
    const { commands } = JSON.parse(runNox(bin, ['--describe']).stdout) as { readonly commands: ReadonlyArray<{ readonly name: string }> };
    expect(commands.map(({ name }) => `${bin} ${name}`).filter((name) => section(`### ${name}`) === '')).toEqual([]);
  });

  test('has every field of every answer, and no other', () => {
    const told = new Map<string, string[]>();
    box.write('home/copy.yaml', 'nox-profile: 1\npackages: [zlib]\n');
    const commands = session();
    const lacking = commands.flatMap(([bin, words, status = 0]) => {
      // What doctor is to find.
      if (words[0] === 'doctor' && bin === 'nox-profile') fs.rmSync(`${box.profiles}/.nox/profiles/dev/generations/2/.nox/manifest.json`);
      const { version, ...answer } = box.json(bin, words, { status }) as { readonly version: number };
      expect(version).toBe(1);
      const command = `${bin} ${words[0]}`;
      told.set(command, [...(told.get(command) ?? []), ...namesIn(answer)]);
      const text = section(`### ${command}`);
      const top = text.startsWith('\nAs `add`') ? codes(text) : rows(text);
      const own = Object.keys(answer).filter((key) => !top.has(key));
      return [...own, ...Object.entries(answer).flatMap(([key, part]) => fieldsOf({ [key]: part }, codes(text)))].map((key) => `${bin} ${words.join(' ')}: ${key}`);
    });
    expect(lacking).toEqual([]);
    const never = [...told].flatMap(([command, fields]) => [...rows(section(`### ${command}`))].filter((field) => !fields.includes(field)).map((field) => `${command}: ${field}`));
    expect(never).toEqual([]);
    expect([...told.keys()].sort()).toEqual([...PAGE.matchAll(/^### (nox-.*)$/gm)].map(([, name]) => name as string).filter((name) => name !== 'nox-profile run').sort());
  });
});
