// npm run bench -- [--quick] [--write] [--only GROUP,…] [--rounds N] [--json FILE] [--work DIR] [--keep]
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { realStore } from './debian.mjs';
import { textTable, writeReport } from './report.mjs';
import { buildRows } from './rows/build.mjs';
import { choiceRows } from './rows/choice.mjs';
import { growthRows } from './rows/growth.mjs';
import { latencyRows } from './rows/latency.mjs';
import { startRows } from './rows/start.mjs';
import { surveyRows } from './rows/survey.mjs';
import { describeMachine, prepareTools } from './tools.mjs';
import { plant, syntheticIds, syntheticStore } from './trees.mjs';

const GROUPS = { build: buildRows, latency: latencyRows, start: startRows, choice: choiceRows, growth: growthRows, survey: surveyRows };
/** What a run of all groups may take at most; without room for it the largest sizes are left out. */
const ROOM = { bytes: 40e9, inodes: 10e6 };

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false }, only: { type: 'string' }, rounds: { type: 'string' }, json: { type: 'string' }, work: { type: 'string' } },
});
const chosen = options.only?.split(',') ?? Object.keys(GROUPS);
const unknown = chosen.filter((name) => GROUPS[name] === undefined);
if (unknown.length > 0 || (options.write && (options.quick || options.only !== undefined))) {
  process.stderr.write(unknown.length > 0 ? `bench: no group "${unknown[0]}"; there are ${Object.keys(GROUPS).join(', ')}\n` : 'bench: only a whole run is written\n');
  process.exit(2);
}
const say = (text) => process.stderr.write(`${text}\n`);
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
const work = fs.mkdtempSync(`${options.work ?? os.tmpdir()}/nox-bench-`);
let failures = 0;
try {
  failures = bench();
} finally {
  if (!options.keep) fs.rmSync(work, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

/** Runs the groups, one after the other. Returns how many could not be measured: a target that is missed is no failure. */
function bench() {
  fs.mkdirSync(`${work}/empty`);
  const tools = prepareTools(work, say);
  const machine = describeMachine(work);
  const store = chosen.some((name) => name === 'build' || name === 'latency') ? chooseStore(tools) : null;
  const small = options.quick ? plantStore(tools, 'few', 20, 500) : store;
  const room = fs.statfsSync(work);
  const most = room.bavail * room.bsize < ROOM.bytes || room.ffree < ROOM.inodes ? 100_000 : Infinity;
  const groups = [];
  let failed = 0;
  for (const name of chosen) {
    say(name);
    try {
      const group = GROUPS[name]({ tools, store: name === 'latency' ? small : store, quick: options.quick, rounds: name === 'latency' ? Math.min(2, rounds) : rounds, say, most });
      groups.push(group);
      process.stdout.write(`${textTable(group)}\n\n`);
    } catch (error) {
      failed += 1;
      say(`bench: ${name} could not be measured: ${error.stack}`);
    }
  }
  if (options.quick) say('quick: small sizes and few rounds, so these figures show only that the bench works');
  const report = { date: new Date().toISOString().slice(0, 10), machine, loadAtEnd: os.loadavg()[0].toFixed(1), versions: tools.versions, rounds, groups };
  if (options.json !== undefined) fs.writeFileSync(options.json, JSON.stringify(report, null, 2));
  if (options.write && failed === 0) writeReport(report);
  return failed;
}

function chooseStore(tools) {
  if (options.quick) return plantStore(tools, 'synthetic', 50, 2000);
  const real = realStore(say);
  if (typeof real !== 'string') return real;
  say(`bench: no real packages (${real}): a synthetic store of the same shape instead`);
  return plantStore(tools, 'synthetic', 490, 52_000);
}

function plantStore(tools, name, packages, links) {
  const path = `${tools.work}/${name}`;
  plant(tools, path, syntheticStore({ packages, links }));
  const ids = syntheticIds(packages);
  return { path, packages: ids, added: ids[Math.floor(packages / 2)], kind: `${packages} synthetic packages` };
}
