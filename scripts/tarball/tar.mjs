import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** An archive in ustar format of `name` below `place`: sorted, owned by root, of one date; modes say only who may execute. */
export async function tar(place, name, date) {
  const blocks = [];
  for (const path of await entries(place, name)) {
    const status = await lstat(join(place, path));
    if (status.isDirectory()) blocks.push(header(`${path}/`, { type: '5', mode: 0o755, date }));
    else if (status.isSymbolicLink()) blocks.push(header(path, { type: '2', mode: 0o777, date, link: await readlink(join(place, path)) }));
    else {
      const bytes = await readFile(join(place, path));
      blocks.push(header(path, { type: '0', mode: status.mode & 0o100 ? 0o755 : 0o644, date, size: bytes.length }), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
    }
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function entries(place, path) {
  if (!(await lstat(join(place, path))).isDirectory()) return [path];
  const names = (await readdir(join(place, path))).sort();
  return [path, ...(await Promise.all(names.map((name) => entries(place, `${path}/${name}`)))).flat()];
}

function header(path, { type, mode, date, size = 0, link = '' }) {
  if (Buffer.byteLength(path) > 100 || Buffer.byteLength(link) > 100) throw new Error(`too long for ustar: ${path}`);
  const block = Buffer.alloc(512);
  const octal = (value, at, length) => block.write(value.toString(8).padStart(length - 1, '0'), at);
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(date, 136, 12);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(link, 157);
  block.write('ustar\u000000', 257);
  block.write('root', 265);
  block.write('root', 297);
  block.write(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
