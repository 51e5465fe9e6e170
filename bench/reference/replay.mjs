// What replay.c does, by Node: node replay.mjs LIST INTO (sync|nosync|look) BEFORE [PACKAGE…]. BEFORE holds the links that are shared, '' for none. With
// packages, their directories are read first, those that the list has as directories too: what any program in Node needs at least that makes such a farm. `look`: as `sync`, with a look at
// each directory of BEFORE before and after, and at each new one: what tells files of the user's, and that links are still what they were.
import fs from 'node:fs';

const [list, into, sync, before, ...packages] = process.argv.slice(2);
const texts = fs.readFileSync(list, 'latin1').split('\0').slice(0, -1);
const entries = [];
for (let at = 0; at < texts.length; at += 1) {
  const entry = { op: texts[at][0], path: texts[at].slice(1), target: null };
  if (entry.op === 'l' || entry.op === 'h') entry.target = texts[(at += 1)];
  else if (entry.op !== 'd') throw new Error(`${list}: entry ${at} is of a kind that this does not make: ${entry.op}`);
  entries.push(entry);
}
const directories = new Set(entries.filter(({ op }) => op === 'd').map(({ path }) => path));
let found = 0;
const read = (root, path) => {
  for (const entry of fs.readdirSync(path === '' ? root : `${root}/${path}`, { withFileTypes: true })) {
    found += 1;
    const below = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory() && directories.has(below)) read(root, below);
  }
};
for (const root of packages) read(root, '');
if (packages.length > 0 && found === 0) throw new Error('the packages are empty');
const look = (root) => {
  for (const path of directories) fs.lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
};
if (sync === 'look') look(before);
for (const { op, path, target } of entries) {
  if (op === 'd') fs.mkdirSync(`${into}/${path}`);
  else if (op === 'h') fs.linkSync(`${before}/${target}`, `${into}/${path}`);
  else fs.symlinkSync(target, `${into}/${path}`);
}
if (sync === 'look') for (const root of [before, into]) look(root);
// As nox does: faster than one syncfs where the first one has the log written.
if (sync !== 'nosync') {
  for (const path of ['', ...directories]) {
    const fd = fs.openSync(`${into}/${path}`, 'r');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  }
}
