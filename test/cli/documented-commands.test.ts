import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CommandDescription } from '../../src/cli/describe.js';
import { type Bin, ROOT, runNox } from '../support/cli.js';

const PAGE = fs.readFileSync(path.join(ROOT, 'docs/commands.md'), 'utf8');
const BINS: readonly Bin[] = ['nox-store', 'nox-profile'];
/** What every command has stands once, under "Flags of many commands". */
const EVERYWHERE = ['json', 'profiles', 'store'];
/** What many have is explained there too, and only named at each. */
const EXPLAINED_ONCE = [...EVERYWHERE, 'profile', 'dry-run', 'wait', 'prefer', 'no-prefer', 'hide', 'unhide', 'copy', 'no-copy', 'with-libc'];

const commandsOf = (bin: Bin): readonly CommandDescription[] => (JSON.parse(runNox(bin, ['--describe']).stdout) as { readonly commands: readonly CommandDescription[] }).commands;

/** The text below a heading, up to the next one; empty when there is no such heading. */
function section(heading: string): string {
  const [, after = ''] = PAGE.split(`\n${heading}\n`);
  return after.split(/\n##/)[0] as string;
}

const escaped = (text: string): string => text.replaceAll('-', '\\-');
/** A flag as a word of its own: `--pin` is not in `--no-pin`. */
const has = (text: string, flag: string): boolean => new RegExp(`(?<![\\w-])--(?:\\[no-\\])?${escaped(flag)}(?![\\w-])`).test(text);
const explains = (text: string, flag: string): boolean => new RegExp(`^- (?:\`-\\w [A-Z]+\`, )?\`--${escaped(flag)}(?![\\w-])`, 'm').test(text);

describe.each(BINS)('docs/commands.md and %s', (bin) => {
  const commands = commandsOf(bin);
  const pageOf = ({ name }: CommandDescription): string => section(`### ${bin} ${name}`);

  test('has every command, in the order of --help', () => {
    const headings = [...PAGE.matchAll(new RegExp(`^### ${bin} (.+)$`, 'gm'))].map(([, name]) => name);
    expect(headings).toEqual(commands.map(({ name }) => name));
  });

  test('lists every command at its top', () => {
    const top = PAGE.slice(0, PAGE.indexOf('\n## '));
    const list = top.slice(top.indexOf(`[${bin}]`)).split('\n- ')[0] as string;
    expect([...list.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name)).toEqual(commands.map(({ name }) => name));
  });

  test('names every flag and argument of every command', () => {
    const lacking = commands.flatMap((command) => {
      const page = pageOf(command);
      const flags = command.flags.filter(({ name, char }) => !EVERYWHERE.includes(name) && !has(page, name) && (char === null || !page.includes(`[-${char} `)));
      const args = command.args.filter(({ name }) => !new RegExp(`\\b${name.toUpperCase()}\\b`).test(page));
      return [...flags.map(({ name }) => `${bin} ${command.name} --${name}`), ...args.map(({ name }) => `${bin} ${command.name} ${name.toUpperCase()}`)];
    });
    expect(lacking).toEqual([]);
  });

  test('explains every flag', () => {
    const shared = section('## Flags of many commands');
    const lacking = commands.flatMap((command) => command.flags
      .filter(({ name }) => !explains(EXPLAINED_ONCE.includes(name) ? shared : pageOf(command), name))
      .map(({ name }) => `${bin} ${command.name} --${name}`));
    expect([...new Set(lacking)]).toEqual([]);
  });

  test('names no flag that there is not', () => {
    const unknown = commands.flatMap((command) => {
      const own = new Set(command.flags.map(({ name }) => name));
      const named = [...pageOf(command).matchAll(/^(?:- |`).*/gm)].flatMap(([line]) => [...line.split('`:')[0]!.matchAll(/(?<![\w-])--(?:\[no-\])?([a-z][a-z-]*)/g)].map(([, name]) => name as string));
      return named.filter((name) => !own.has(name) && !own.has(name.replace(/^no-/, ''))).map((name) => `${bin} ${command.name} --${name}`);
    });
    expect(unknown).toEqual([]);
  });

  test('names the values that a flag takes', () => {
    const lacking = commands.flatMap((command) => command.flags.flatMap(({ name, options }) => options
      .filter((option) => !new RegExp(`(?<![\\w.-])${option.replaceAll('.', '\\.')}(?![\\w-])`).test(pageOf(command)))
      .map((option) => `${bin} ${command.name} --${name} ${option}`)));
    expect(lacking).toEqual([]);
  });
});
