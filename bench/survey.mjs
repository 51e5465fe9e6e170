// A survey of 1,000 profiles of 100 packages over 2,000 packages, against find(1) over the same manifests, in one run.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [PROFILES, EACH, PACKAGES, ROUNDS] = [1000, 100, 2000, 5];
const repository = path.resolve(import.meta.dirname, '..');
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'nox-bench-'));
const store = `${root}/store`;
const seal = (kind, value) => {
  const body = `${JSON.stringify(value)}\n`;
  return `${JSON.stringify({ nox: kind, version: 1, sha256: createHash('sha256').update(body).digest('hex') })}\n${body}`;
};
const write = (file, text) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
};

for (let at = 0; at < PACKAGES; at += 1) fs.mkdirSync(`${store}/package${at}-1.0/bin`, { recursive: true });
write(`${store}/nox-store.yaml`, `scope: shared\nsurvey: ["${root}/homes/*/nix/profiles"]\n`);
const at = '2026-01-01T00:00:00.000Z';
const env = { set: {}, prepend: {}, append: {} };
for (let number = 0; number < PROFILES; number += 1) {
  const home = `${root}/homes/user${number}/nix/profiles`;
  const state = `${home}/.nox/profiles/default`;
  const packages = Array.from({ length: EACH }, (_, step) => `package${(number * 7 + step * 19) % PACKAGES}`).map((name) => ({
    id: `${name}-1.0`, store, name, version: '1.0', requested: name, pinned: false, dependsOn: [], depends: [], conflicts: [], provides: [], priority: null, env: null,
  }));
  const owner = { host: 'bench', bootId: '0', pidNamespace: '0', pid: 1, startTime: '0' };
  const manifest = { profile: 'default', number: 1, kind: 'user', createdAt: at, action: 'add', layout: 'full', withLibc: false, unfold: [], omit: [], prefer: [], hide: [], packages, env, changes: [], owner };
  write(`${state}/generations/1/.nox/manifest.json`, seal('manifest', manifest));
  write(`${state}/journal/0/entry.json`, seal('journal-entry', { sequence: 0, action: 'add', at, user: 'bench', host: 'bench', generation: 1, link: null, below: null, highest: 1 }));
  fs.symlinkSync('.nox/profiles/default/generations/1', `${home}/default`);
}

const time = (run) => {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started) / 1e6;
};
const median = (run) => Array.from({ length: ROUNDS }, () => time(run)).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
const environment = { ...process.env, HOME: root, NOX_STORE_PATH: store, NOX_PROFILES: `${root}/none` };
const survey = () => {
  const done = spawnSync(`${repository}/bin/nox-store`, ['survey', '--json'], { env: environment, maxBuffer: 1 << 30 });
  const { profiles, packages, doubts } = JSON.parse(done.stdout.toString());
  if (done.status !== 0 || profiles.length !== PROFILES || packages.length !== PACKAGES || doubts.length > 0) throw new Error(`exit ${done.status}: ${done.stderr}`);
};
const find = () => execFileSync('find', [`${root}/homes`, '-name', 'manifest.json', '-exec', 'cat', '{}', '+'], { maxBuffer: 1 << 30 });
survey();
console.log(`survey of ${PROFILES} profiles x ${EACH} packages over ${PACKAGES}: ${median(survey).toFixed(0)} ms`);
console.log(`find over the same manifests, and cat of them: ${median(find).toFixed(0)} ms`);
fs.rmSync(root, { recursive: true });
