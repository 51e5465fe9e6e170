// A store of real packages: a closure of Debian packages, downloaded by apt-get into a cache outside the repository, unpacked as store packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';

const WANTED = [
  'libboost-all-dev', 'python3-scipy', 'python3-matplotlib', 'python3-pandas', 'g++', 'gfortran', 'cmake', 'libhepmc3-dev', 'libfastjet-dev', 'libclhep-dev', 'libopenmpi-dev',
  'libhdf5-dev', 'libgsl-dev', 'libeigen3-dev', 'swig', 'doxygen', 'python3-sympy', 'python3-networkx', 'python3-sklearn', 'python3-astropy', 'libcgal-dev', 'libceres-dev',
];
/** The package that is added to a profile of all the others. */
const ADDED = /^libfastjet-dev_/;

/** The store's path and packages, or in words why there is none. */
export function realStore(say) {
  const cache = `${process.env.XDG_CACHE_HOME || `${os.homedir()}/.cache`}/nox-bench`;
  fs.mkdirSync(`${cache}/debs`, { recursive: true });
  const closure = resolveClosure(cache);
  if (typeof closure === 'string') return closure;
  // The name says how they are unpacked, too, so that no store of an earlier bench is taken for this one's.
  const store = `${cache}/store-${createHash('sha256').update(['no empty usr', ...closure.map(({ file }) => file)].join('\n')).digest('hex').slice(0, 12)}`;
  if (!fs.existsSync(`${store}.json`)) {
    const absent = download(`${cache}/debs`, closure, say);
    if (absent !== null) return absent;
    unpack(`${cache}/debs`, closure, store, say);
  }
  // What the users of earlier runs left, who are gone: each command would look through their records.
  fs.rmSync(`${store}/.nox`, { recursive: true, force: true });
  const { packages, dropped } = JSON.parse(fs.readFileSync(`${store}.json`, 'utf8'));
  return { path: store, packages, dropped, added: packages.find((id) => ADDED.test(id)), kind: `${packages.length} Debian packages` };
}

/** What apt would install on an empty system: package, version and file name of each. */
function resolveClosure(cache) {
  fs.writeFileSync(`${cache}/no-status`, '');
  const { status, stdout, stderr, error } = spawnSync(
    'apt-get', ['-q', '-y', '-o', `Dir::State::status=${cache}/no-status`, '-o', `Dir::Cache::archives=${cache}/none`, '--no-install-recommends', '--print-uris', 'install', ...WANTED], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined) return 'no apt-get here';
  if (status !== 0) return `apt-get cannot resolve the packages: ${stderr.trim().split('\n')[0]}`;
  return [...stdout.matchAll(/^'\S+' (([^_\s]+)_([^_\s]+)_\S+\.deb) \d+/gm)]
    .map(([, file, name, version]) => ({ file, name, version: decodeURIComponent(version) }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

function download(debs, closure, say) {
  const missing = closure.filter(({ file }) => !fs.existsSync(`${debs}/${file}`));
  say(`downloading ${missing.length} of ${closure.length} packages`);
  for (let at = 0; at < missing.length; at += 50) {
    const requests = missing.slice(at, at + 50).map(({ name, version }) => `${name}=${version}`);
    const { status, stderr } = spawnSync('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...requests], { cwd: debs, encoding: 'utf8' });
    if (status !== 0) return `apt-get cannot download: ${stderr.trim().split('\n').at(-1)}`;
  }
  return null;
}

/**
 * Unpacks each archive into a directory of the store, with `usr/` taken away. Two packages with one path are no subject here: the file of the later one is dropped, so
 * that peers that know no preferences can link all.
 */
function unpack(debs, closure, store, say) {
  say(`unpacking ${closure.length} packages`);
  const [taken, directories] = [new Map(), new Set()];
  let dropped = 0;
  const half = `${store}.${process.pid}`;
  const packages = closure.map(({ file, name, version }) => {
    const id = `${name}_${version.replace(/^\d+:/, '')}`;
    const root = `${half}/${id}`;
    fs.mkdirSync(root, { recursive: true });
    const archive = execFileSync('dpkg-deb', ['--fsys-tarfile', `${debs}/${file}`], { maxBuffer: 1 << 30 });
    execFileSync('tar', ['-x', '-C', root, '--no-same-owner', '--delay-directory-restore', '--transform', 's,^\\(\\./\\)\\?usr/,,'], { input: archive, maxBuffer: 1 << 20 });
    // tar takes the name of what is in it away, and not its own.
    removeIfEmpty(`${root}/usr`);
    dropped += dropCollisions(root, taken, directories);
    return id;
  });
  fs.rmSync(store, { recursive: true, force: true });
  fs.renameSync(half, store);
  fs.writeFileSync(`${store}.json`, JSON.stringify({ packages, dropped }));
}

function removeIfEmpty(directory) {
  if (fs.existsSync(directory) && fs.readdirSync(directory).length === 0) fs.rmdirSync(directory);
}

function dropCollisions(root, taken, directories) {
  let dropped = 0;
  const visit = (directory) => {
    for (const entry of fs.readdirSync(`${root}/${directory}`, { withFileTypes: true })) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory() && !taken.has(path)) {
        directories.add(path);
        visit(path);
      } else if (taken.has(path) || directories.has(path)) {
        fs.rmSync(`${root}/${path}`, { recursive: true });
        dropped += 1;
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        taken.set(path, root);
        if (entry.isSymbolicLink()) makeRelative(root, path);
      } else {
        fs.rmSync(`${root}/${path}`);
      }
    }
  };
  visit('');
  return dropped;
}

/** GNU Stow refuses a package with an absolute link, which would not lead into the package anyway. */
function makeRelative(root, path) {
  const target = fs.readlinkSync(`${root}/${path}`);
  if (!target.startsWith('/')) return;
  fs.unlinkSync(`${root}/${path}`);
  fs.symlinkSync(`${'../'.repeat(path.split('/').length - 1)}${target.replace(/^\/(usr\/)?/, '')}` || '.', `${root}/${path}`);
}
