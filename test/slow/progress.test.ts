import { expect, test } from 'vitest';
import { binPath, runCommand } from '../support/cli.js';
import { sandbox } from '../support/sandbox.js';

test('progress is shown on a terminal and nowhere else', () => {
  const box = sandbox();
  const files = Object.fromEntries(Array.from({ length: 25_000 }, (_, at) => [`share/d${at % 50}/f${at}`, '']));
  box.store().package('big-1', { files });
  const onTerminal = (columns: number, profile: string): string => {
    box.json('nox-profile', ['new', profile]);
    const command = `stty cols ${columns}; ${binPath('nox-profile')} add big -p ${profile}`;
    const env = { ...box.environment(), TERM: 'xterm', SHELL: '/bin/sh' };
    return runCommand('script', ['-qec', command, '/dev/null'], { env, cwd: box.home, timeout: 60_000 }).stdout;
  };
  expect(onTerminal(80, 'wide')).toMatch(/linking [0-9,]+\/25,000/);
  expect(onTerminal(0, 'unknown')).toBe('+ big-1\r\nunknown: now at generation 1, was at generation 0\r\n');
  box.json('nox-profile', ['new', 'none']);
  expect(box.run('nox-profile', ['add', 'big', '-p', 'none'], { timeout: 60_000 }).stderr).toBe('');
});
