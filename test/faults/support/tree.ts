import { original as fs } from './intercept.js';

/** A tree in memory: enough to make it again exactly, but for times and hard links. */
type Saved = ReadonlyArray<readonly [path: string, kind: 'directory' | 'file' | 'link', mode: number, content: Buffer | string]>;

export function save(root: string): Saved {
  const found: Array<Saved[number]> = [];
  walk(root, '', (path, full) => {
    const stats = fs.lstatSync(full);
    if (stats.isDirectory()) found.push([path, 'directory', stats.mode & 0o7777, '']);
    else if (stats.isSymbolicLink()) found.push([path, 'link', 0, fs.readlinkSync(full)]);
    else found.push([path, 'file', stats.mode & 0o7777, fs.readFileSync(full)]);
  });
  return found;
}

function walk(root: string, prefix: string, visit: (path: string, full: string) => void): void {
  for (const entry of fs.readdirSync(`${root}/${prefix}`, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    visit(path, `${root}/${path}`);
    if (entry.isDirectory()) walk(root, path, visit);
  }
}

function erase(root: string): void {
  walk(root, '', (_, full) => {
    if (fs.lstatSync(full).isDirectory()) fs.chmodSync(full, 0o755);
  });
  for (const name of fs.readdirSync(root)) fs.rmSync(`${root}/${name}`, { recursive: true, force: true });
}

export function rebuild(root: string, saved: Saved): void {
  erase(root);
  for (const [path, kind, mode, content] of saved) {
    if (kind === 'directory') fs.mkdirSync(`${root}/${path}`);
    else if (kind === 'link') fs.symlinkSync(content, `${root}/${path}`);
    else fs.writeFileSync(`${root}/${path}`, content, { mode });
  }
  for (const [path, kind, mode] of [...saved].reverse()) if (kind === 'directory' && mode !== 0o755) fs.chmodSync(`${root}/${path}`, mode);
}

const TIME_OR_UUID = /^(?:\d{4}-\d\d-\d\dT[\d:.]+Z|[0-9a-f]{8}-[0-9a-f-]{27})$/;

/** What two runs of the same commands have in common: times, processes and nonces left out. */
function withoutChance(text: string): string {
  if (!text.startsWith('{"nox":')) return text;
  const at = text.indexOf('\n');
  // A record beside a store is renewed when what is used changes; which generation is current need not be.
  const isRecord = text.startsWith('{"nox":"root-record"');
  try {
    const value: unknown = JSON.parse(text.slice(at + 1), (key, part: unknown) => (key === 'owner' || key === 'mtime' || (isRecord && key === 'current') || (typeof part === 'string' && TIME_OR_UUID.test(part)) ? '*' : part));
    return `${text.slice(0, at).replace(/[0-9a-f]{64}/, '*')}\n${JSON.stringify(value)}`;
  } catch {
    return text;
  }
}

const nameWithoutChance = (path: string): string => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}\.([0-9a-f]{16})\.[0-9a-f]{16}\.json$/, '<home>.$1.<nonce>.json').replace(/(\.nox-quarantine-|quarantine\/)[0-9a-f]{16}/, '$1<nonce>').replace(/"nonce":"[0-9a-f]+"/, '');

/** Space put aside, whole: the next change makes it where it is missing, so it does not count. */
const isWholeReserve = (path: string, size: number): boolean => path.endsWith('.nox/reserve') && size > 512 << 10;

/** Directories that collection makes where there is room, and does without where there is none; what lies in them counts. */
const STATE_OF_COLLECTION = /\.nox\/(?:condemned|quarantine)$/;

/** A tree as lines, sorted, comparable between runs. */
export function describeTree(root: string): string[] {
  const lines: string[] = [];
  if (!fs.existsSync(root)) return lines;
  walk(root, '', (path, full) => {
    const stats = fs.lstatSync(full);
    if (isWholeReserve(path, stats.size) || STATE_OF_COLLECTION.test(path)) return;
    const name = nameWithoutChance(path);
    if (stats.isDirectory()) lines.push(`${name}/`);
    else if (stats.isSymbolicLink()) lines.push(`${name} -> ${fs.readlinkSync(full)}`);
    else lines.push(`${name} = ${withoutChance(fs.readFileSync(full, 'latin1')).replace(/"nonce":"[0-9a-f]+"/, '')}`);
  });
  return lines.sort();
}

/** What users see: each profile of these homes resolved, each visible package of these stores. */
export function visible(homes: readonly string[], stores: readonly string[]): string[] {
  const shown = homes.flatMap((home) => (fs.existsSync(home) ? fs.readdirSync(home) : []).filter((name) => !name.startsWith('.')).flatMap((name) => {
    const tree = fs.existsSync(`${home}/${name}`) ? fs.realpathSync(`${home}/${name}`) : null;
    return tree === null ? [`${home}/${name}: leads nowhere`] : describeTree(tree).map((line) => `${home}/${name}: ${line}`);
  }));
  const packages = stores.flatMap((store) => fs.readdirSync(store).filter((name) => !name.startsWith('.')).flatMap((name) => [`${store}/${name}`, ...(fs.statSync(`${store}/${name}`).isDirectory() ? describeTree(`${store}/${name}`) : []).map((line) => `${store}/${name}: ${line}`)]));
  return [...shown, ...packages].sort();
}

/** Links of the profiles that lead nowhere. */
export function dangling(homes: readonly string[]): string[] {
  return homes.flatMap((home) => (fs.existsSync(home) ? fs.readdirSync(home) : []).filter((name) => !name.startsWith('.') && fs.existsSync(`${home}/${name}`)).flatMap((name) => {
    const found: string[] = [];
    walk(fs.realpathSync(`${home}/${name}`), '', (path, full) => {
      if (!fs.existsSync(full)) found.push(`${home}/${name}/${path}`);
    });
    return found;
  }));
}
