// node look.mjs STORE: looks once at each package and prints their names. What any list in Node that sees a change of a package needs at least.
import fs from 'node:fs';

const [store] = process.argv.slice(2);
const names = fs.readdirSync(store).sort();
for (const name of names) fs.lstatSync(`${store}/${name}`);
process.stdout.write(`${names.join('\n')}\n`);
