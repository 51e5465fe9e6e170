// A survey of many profiles of 100 packages, against find(1) over the same manifests.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { interleave, ratio, run, times } from '../measure.mjs';
import { fresh, newcomer } from '../tools.mjs';

const EACH = 100;

export function surveyRows({ tools, quick, rounds, say }) {
  const [profiles, packages] = quick ? [50, 200] : [1000, 2000];
  const root = fresh(tools, 'survey');
  plantProfiles(root, profiles, packages);
  const env = newcomer(tools, `${root}/store`);
  const figures = interleave({
    survey: () => {
      const done = run(tools, [tools.nox.store, 'survey', '--json'], { env, settle: false, capture: true });
      const found = JSON.parse(done.stdout);
      if (found.profiles.length !== profiles || found.packages.length !== packages || found.doubts.length > 0) throw new Error(`the survey found ${found.profiles.length} profiles, ${found.packages.length} packages`);
      return done;
    },
    find: () => run(tools, ['find', `${root}/homes`, '-name', 'manifest.json', '-exec', 'cat', '{}', '+'], { settle: false, capture: true }),
  }, rounds, say);
  return {
    title: 'survey',
    rows: [{ what: `survey of ${profiles} profiles x ${EACH} packages, to find over the same manifests`, target: null, unit: 'x', figure: ratio(figures.survey, figures.find), note: `${times(figures.survey).median.toFixed(0)} ms against ${times(figures.find).median.toFixed(0)} ms` }],
    seconds: { survey: times(figures.survey), 'find, cat': times(figures.find) },
  };
}

const seal = (kind, value) => {
  const body = `${JSON.stringify(value)}\n`;
  return `${JSON.stringify({ nox: kind, version: 1, sha256: createHash('sha256').update(body).digest('hex') })}\n${body}`;
};

const write = (file, text) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
};

function plantProfiles(root, profiles, packages) {
  const store = `${root}/store`;
  for (let at = 0; at < packages; at += 1) fs.mkdirSync(`${store}/package${at}-1.0/bin`, { recursive: true });
  write(`${store}/nox-store.yaml`, `scope: shared\nsurvey: ["${root}/homes/*/nix/profiles"]\n`);
  const at = '2026-01-01T00:00:00.000Z';
  const env = { set: {}, prepend: {}, append: {} };
  for (let number = 0; number < profiles; number += 1) {
    const home = `${root}/homes/user${number}/nix/profiles`;
    const state = `${home}/.nox/profiles/default`;
    const chosen = Array.from({ length: EACH }, (_, step) => `package${(number * 7 + step * 19) % packages}`).map((name) => ({
      id: `${name}-1.0`, store, name, version: '1.0', requested: name, pinned: false, dependsOn: [], depends: [], conflicts: [], provides: [], priority: null, env: null,
    }));
    const owner = { host: 'bench', bootId: '0', pidNamespace: '0', pid: 1, startTime: '0' };
    const manifest = { profile: 'default', number: 1, kind: 'user', createdAt: at, action: 'add', layout: 'full', withLibc: false, unfold: [], omit: [], prefer: [], hide: [], packages: chosen, env, changes: [], owner };
    write(`${state}/generations/1/.nox/manifest.json`, seal('manifest', manifest));
    write(`${state}/journal/0/entry.json`, seal('journal-entry', { sequence: 0, action: 'add', at, user: 'bench', host: 'bench', generation: 1, link: null, below: null, highest: 1 }));
    fs.symlinkSync('.nox/profiles/default/generations/1', `${home}/default`);
  }
}
