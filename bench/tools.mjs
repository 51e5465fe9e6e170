// The bench's own programs, compiled here, the peers that this machine has, and how nox is called.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '..');

/** Compiles the C programs into `work`, and looks for the peers. */
export function prepareTools(work, say) {
  const bin = `${work}/tools`;
  fs.mkdirSync(bin, { recursive: true });
  const compile = (name, output, ...flags) => execFileSync('cc', ['-O2', ...flags, '-o', `${bin}/${output}`, `${repository}/bench/reference/${name}.c`], { stdio: ['ignore', 'ignore', 'inherit'] });
  compile('timed', 'timed');
  compile('replay', 'replay');
  compile('latency', 'latency.so', '-fPIC', '-shared', '-ldl');
  const versions = {
    node: process.version,
    cc: firstLine(['cc', '--version']),
    stow: firstLine(['stow', '--version']),
    nix: firstLine(['nix-build', '--version']),
    strace: firstLine(['strace', '--version']),
  };
  for (const [name, version] of Object.entries(versions)) if (version === null) say(`no ${name} here: its rows are left out`);
  return {
    work, bin, versions,
    timed: `${bin}/timed`, replay: `${bin}/replay`, latency: `${bin}/latency.so`,
    nox: { store: `${repository}/bin/nox-store`, profile: `${repository}/bin/nox-profile` },
    // Nothing of the caller's that nox or a peer would listen to.
    environment: { PATH: process.env.PATH, HOME: `${work}/empty`, LANG: 'C.UTF-8', NOX_NODE: process.execPath, NO_COLOR: '1' },
  };
}

function firstLine(command) {
  const { status, stdout } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0].trim() : null;
}

/** A fresh directory under the work directory. Never the place of an earlier run: nothing is deleted before the end. */
export function fresh(tools, name) {
  for (let number = 1; ; number += 1) {
    const made = `${tools.work}/${name}-${number}`;
    if (fs.existsSync(made)) continue;
    fs.mkdirSync(made, { recursive: true });
    return made;
  }
}

/** The environment of a user who has never run nox, with these stores. */
export function newcomer(tools, store, name = 'user') {
  const home = fresh(tools, name);
  return { ...tools.environment, HOME: home, NOX_STORE_PATH: store, NOX_PROFILES: `${home}/profiles` };
}

/**
 * The same environment with a Node that runs with the preloaded library of `reference/latency.c`: NOX_NODE names a script that starts it, since the
 * launchers keep LD_PRELOAD from Node.
 */
export function watched(tools, environment, settings) {
  const words = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  const script = `${fresh(tools, 'node')}/node`;
  fs.writeFileSync(script, `#!/bin/sh\nLD_PRELOAD='${tools.latency}' ${words.join(' ')} exec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  return { ...environment, NOX_NODE: script };
}

/** A file for the counter of `reference/latency.c`, and how to read it. */
export function counter(tools) {
  const file = `${fresh(tools, 'count')}/count`;
  fs.writeFileSync(file, Buffer.alloc(8));
  return { file, read: () => Number(fs.readFileSync(file).readBigInt64LE()) };
}

/** The machine in a few lines, without its name. */
export function describeMachine(work) {
  const cpus = os.cpus();
  const type = firstLine(['findmnt', '-n', '-o', 'FSTYPE', '-T', work]) ?? 'unknown file system';
  return {
    processor: `${cpus.length} x ${cpus[0]?.model.trim() ?? 'unknown'}`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(0)} GB`,
    system: `${os.type()} ${/^[\d.]+\d/.exec(os.release())?.[0] ?? ''}`,
    fileSystem: type,
    load: os.loadavg()[0].toFixed(1),
  };
}
