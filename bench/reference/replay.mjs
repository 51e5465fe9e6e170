// What replay.c does, by Node: node replay.mjs LIST INTO. What any program in Node needs at least; nothing is forced to disk.
import fs from 'node:fs';

const [list, into] = process.argv.slice(2);
const texts = fs.readFileSync(list, 'latin1').split('\0').slice(0, -1);
for (let at = 0; at < texts.length; at += 1) {
  const [op, path] = [texts[at][0], `${into}/${texts[at].slice(1)}`];
  if (op === 'd') fs.mkdirSync(path);
  else if (op === 'l') fs.symlinkSync(texts[(at += 1)], path);
  else throw new Error(`${list}: entry ${at} is of a kind that this does not make: ${op}`);
}
