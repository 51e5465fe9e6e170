// Import beside `dpkg-deb -x` and `tar -x` with the same fsync policy (one syncfs at the end), verify beside `sha256sum`, in one run:
//   node bench/import.mjs DIRECTORY-OF-DEBS [WORK]
// Nothing is deleted between the steps: on ext4 that would slow down the next.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const [from, work = tmpdir()] = process.argv.slice(2);
if (from === undefined) throw new Error('usage: node bench/import.mjs DIRECTORY-OF-DEBS [WORK]');
const nox = resolve(import.meta.dirname, '../bin/nox-store');
const debs = readdirSync(from).filter((name) => name.endsWith('.deb')).map((name) => join(from, name));
const top = mkdtempSync(join(work, 'nox-bench-'));
const env = { ...process.env, NOX_NODE: process.execPath };

function seconds(what, run) {
  execFileSync('sync', ['-f', top]);
  const began = performance.now();
  run();
  const took = (performance.now() - began) / 1000;
  console.log(`${what.padEnd(44)} ${took.toFixed(2)} s`);
  return took;
}
const call = (program, ...words) => {
  const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
};
const ratio = (what, ours, theirs) => console.log(`  ${what}: ${(ours / theirs).toFixed(2)}`);

try {
  for (const deb of debs) call('sh', '-c', 'cat "$1" >/dev/null', 'sh', deb);
  const dpkg = seconds(`dpkg-deb -x of ${debs.length} archives, sync -f`, () => {
    for (const [at, deb] of debs.entries()) {
      mkdirSync(join(top, 'dpkg', String(at)), { recursive: true });
      call('dpkg-deb', '-x', deb, join(top, 'dpkg', String(at)));
    }
    call('sync', '-f', top);
  });
  const imported = seconds('nox-store import of them', () => call(nox, 'import', '--store', join(top, 'store'), ...debs));
  ratio('import / dpkg-deb -x', imported, dpkg);
  const ids = readdirSync(join(top, 'store'));
  call(nox, 'export', '--store', join(top, 'store'), ...ids, '-o', join(top, 'all.tar'));
  const tar = seconds('tar -x of an export of them, sync -f', () => {
    mkdirSync(join(top, 'tar'));
    call('tar', '-C', join(top, 'tar'), '-xf', join(top, 'all.tar'));
    call('sync', '-f', top);
  });
  const back = seconds('nox-store import of the export', () => call(nox, 'import', '--store', join(top, 'other'), join(top, 'all.tar')));
  ratio('import / tar -x', back, tar);
  const sums = seconds('sha256sum of all files', () => call('sh', '-c', 'find "$1" -type f -print0 | xargs -0 -P2 -n64 sha256sum >/dev/null', 'sh', join(top, 'store')));
  const verify = seconds('nox-store verify', () => call(nox, 'verify', '--store', join(top, 'store')));
  ratio('verify / sha256sum -P2', verify, sums);
} finally {
  rmSync(top, { recursive: true, force: true });
}
