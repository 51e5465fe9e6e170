// Trees of entries: made from a list by one C program, and listed again.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { fresh } from './tools.mjs';

/** Writes a list for `reference/replay.c`. Entries: {op, path, target?}. */
export function writeList(tools, entries) {
  const file = `${fresh(tools, 'list')}/list`;
  const output = fs.openSync(file, 'w');
  for (let at = 0; at < entries.length; at += 10_000) {
    const part = entries.slice(at, at + 10_000).map(({ op, path, target }) => `${op}${path}\0${target === undefined ? '' : `${target}\0`}`);
    fs.writeSync(output, Buffer.from(part.join(''), 'latin1'));
  }
  fs.closeSync(output);
  return file;
}

/** Makes the entries under `root`, without timing. */
export function plant(tools, root, entries) {
  fs.mkdirSync(root, { recursive: true });
  execFileSync(tools.replay, [writeList(tools, entries), root, 'nosync']);
}

/**
 * What is in a generation, each directory before its entries, as entries for {@link writeList}: nox's own `.nox` left out. Names are Latin-1 bytes.
 */
export function listGeneration(root) {
  const entries = [];
  const visit = (directory) => {
    const inside = fs.readdirSync(Buffer.from(directory === '' ? root : `${root}/${directory}`, 'latin1'), { encoding: 'latin1', withFileTypes: true });
    const below = [];
    for (const entry of inside) {
      if (directory === '' && entry.name === '.nox') continue;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) below.push(path);
      else entries.push({ op: 'l', path, target: fs.readlinkSync(Buffer.from(`${root}/${path}`, 'latin1'), { encoding: 'latin1' }) });
    }
    for (const path of below) {
      entries.push({ op: 'd', path });
      visit(path);
    }
  };
  visit('');
  return entries;
}

/** The inodes in a directory, each once. */
export function inodes(root) {
  const found = new Set();
  const visit = (path) => {
    const { ino } = fs.lstatSync(path);
    found.add(ino);
    for (const entry of fs.readdirSync(path, { encoding: 'buffer', withFileTypes: true })) {
      const child = Buffer.concat([path, Buffer.from('/'), entry.name]);
      if (entry.isDirectory()) visit(child);
      else found.add(fs.lstatSync(child).ino);
    }
  };
  visit(Buffer.from(root));
  return found;
}

/**
 * Entries of a store of the shape of a real one: `packages` packages with `links` files in all, in bin, lib, include/<name>/…, share/…, some directories
 * shared by all packages and most their own.
 */
export function syntheticStore({ packages, links }) {
  const entries = [];
  const each = Math.max(1, Math.round(links / packages));
  for (let number = 0; number < packages; number += 1) {
    const id = syntheticId(number);
    const own = [`include/package${number}`, `include/package${number}/detail`, `lib/python3/package${number}`, `share/doc/package${number}`, `share/package${number}`];
    entries.push(...['', 'bin', 'lib', 'lib/python3', 'include', 'share', 'share/man', 'share/man/man1', 'share/doc', ...own].map((path) => ({ op: 'd', path: path === '' ? id : `${id}/${path}` })));
    const places = ['bin', 'lib', 'share/man/man1', ...own, ...own, ...own, ...own];
    for (let file = 0; file < each; file += 1) {
      entries.push({ op: 'f', path: `${id}/${places[file % places.length]}/package${number}-file-of-usual-name-${file}.h` });
    }
  }
  return entries;
}

const syntheticId = (number) => `package${number}-1.${number % 7}`;

/** The identifiers of the packages of {@link syntheticStore}. */
export const syntheticIds = (packages) => Array.from({ length: packages }, (_, number) => syntheticId(number));
