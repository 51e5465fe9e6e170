import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { report } from '../../src/cli/command.js';
import { type ErrorCode, WORDINGS } from '../../src/error-table.js';
import { binPath, runCommand } from '../support/cli.js';
import { arrange, type ErrorCase, provoked, rendered, withFixedPaths } from '../support/error-cases.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

const cases: readonly ErrorCase[] = [...provoked, ...rendered];
const exitOf = ({ code, exit }: ErrorCase): number => exit ?? WORDINGS[code].exit;

/** What a person sees on standard error. */
function talkOf({ warnings = [], message, hint }: Omit<ErrorCase, 'code'>, bin: string): string {
  return [...[...warnings, message].map((text) => `${bin}: ${text}`), ...(hint === null ? [] : [`hint: ${hint}`]), ''].join('\n');
}

/** The command of a hint, as pasted into a shell. */
function paste(box: Sandbox, command: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof runCommand> {
  const PATH = `${path.dirname(binPath('nox-profile'))}:${path.dirname(process.execPath)}:/usr/bin:/bin`;
  return runCommand('/bin/sh', ['-c', command], { cwd: box.home, env: { ...box.environment(), ...env, PATH } });
}

const isCommand = (hint: string | null): hint is string => hint !== null && hint.startsWith('nox-');

describe('every error', () => {
  test('has exactly one case here', () => {
    expect(cases.map(({ code }) => code).sort()).toEqual(Object.keys(WORDINGS).sort());
  });

  test.each(provoked.map((one) => [one.code, one] as const))('%s', (_, one) => {
    const { code, bin = 'nox-profile', argv, message, hint, cured } = one;
    const { box, options } = arrange(one);
    const before = layout(box.root);
    const fixed = (text: string): string => withFixedPaths(text, box);

    const told = box.run(bin, argv, options);
    const stdout = argv[0] === 'env' ? 'false;\n' : '';
    expect({ ...told, stderr: fixed(told.stderr) }).toEqual({ stdout, stderr: talkOf(one, bin), status: exitOf(one) });

    if (one.onlyForPeople === true) return;
    const at = argv.indexOf('--');
    const json = box.run(bin, at < 0 ? [...argv, '--json'] : argv.toSpliced(at, 0, '--json'), options);
    const document = JSON.parse(json.stdout);
    expect({ stderr: fixed(json.stderr), status: json.status }).toEqual({ stderr: talkOf({ ...one, message: '', hint: null }, bin).replace(`${bin}: \n`, ''), status: exitOf(one) });
    expect(document).toEqual({ version: 1, error: { code, message: expect.any(String), hint: hint === null ? null : expect.any(String), data: expect.any(Object) }, exitCode: exitOf(one) });
    expect([document.error.message, document.error.hint].map((text) => text && fixed(text))).toEqual([message, hint]);

    expect(layout(box.root)).toEqual(before);
    if (!isCommand(document.error.hint)) return;
    const pasted = paste(box, document.error.hint, options.env);
    expect(pasted).toMatchObject({ stderr: '', status: 0 });
    if (cured === true) expect(box.run(bin, argv, options)).toMatchObject({ status: 0 });
  });

  test.each(rendered.map((one) => [one.code, one.why, one] as const))('%s (%s)', (_, __, one) => {
    const render = (json: boolean) => rendering(() => report(one.make(), { bin: 'nox-profile', command: 'add', json }));
    expect(render(false)).toEqual({ stdout: '', stderr: talkOf(one, 'nox-profile'), status: exitOf(one) });
    const { stdout, stderr, status } = render(true);
    expect([stderr, status]).toEqual(['', exitOf(one)]);
    const { code, message, hint } = one;
    expect(JSON.parse(stdout)).toEqual({ version: 1, error: { code, message, hint, data: expect.any(Object) }, exitCode: exitOf(one) });
  });
});

/** What `run` writes to the streams of this process, and the exit status that it sets. */
function rendering(run: () => void): { stdout: string; stderr: string; status: unknown } {
  const [out, err, exitCode] = [process.stdout.write, process.stderr.write, process.exitCode];
  const written = { stdout: '', stderr: '' };
  process.stdout.write = (text) => ((written.stdout += String(text)), true);
  process.stderr.write = (text) => ((written.stderr += String(text)), true);
  try {
    run();
    return { ...written, status: process.exitCode };
  } finally {
    [process.stdout.write, process.stderr.write, process.exitCode] = [out, err, exitCode];
  }
}
