// First builds and additions on a local disk, against C, Nix's buildenv and GNU Stow.
import fs from 'node:fs';
import { interleave, ratio, run, spread, times } from '../measure.mjs';
import { fresh, newcomer, repository, watched } from '../tools.mjs';
import { inodes, listGeneration, writeList } from '../trees.mjs';

const first = ({ packages, added }) => packages.filter((id) => id !== added);

/** Makes a profile with a layout for a user. */
export function newProfile(tools, env, layout) {
  run(tools, [tools.nox.profile, 'new', 'dev', '--layout', layout], { env, settle: false });
}

export const add = (tools, env, ids) => run(tools, [tools.nox.profile, '-p', 'dev', 'add', ...ids], { env });

/** Where a generation of the profile is. */
export const generation = (env, number) => `${env.NOX_PROFILES}/.nox/profiles/dev/generations/${number}`;

/** The list of all that a first build makes. */
export function listOfFirstBuild(tools, store, layout) {
  const env = newcomer(tools, store.path, `list-${layout}`);
  newProfile(tools, env, layout);
  add(tools, env, first(store));
  const entries = listGeneration(generation(env, 1));
  return { list: writeList(tools, entries), entries, links: entries.filter(({ op }) => op === 'l').length };
}

/** A Nix store of its own for the user who runs this, and an expression that links all packages where they are, nothing copied. */
function nixBuildenv(tools, store) {
  const root = fresh(tools, 'nix');
  const env = { ...tools.environment, NIX_REMOTE: 'local', NIX_CONF_DIR: `${root}/etc`, HOME: root, NIX_STORE_DIR: `${root}/store`, NIX_STATE_DIR: `${root}/var`, NIX_LOG_DIR: `${root}/log` };
  fs.mkdirSync(env.NIX_CONF_DIR);
  fs.writeFileSync(`${env.NIX_CONF_DIR}/nix.conf`, 'sandbox = false\nbuild-users-group =\nsubstitute = false\n');
  const build = (name, ids) => {
    const derivations = ids.map((id, at) => `true ${at + 1} 1 ${store.path}/${id}`).join(' ');
    fs.writeFileSync(`${root}/${name}.nix`, `derivation { name = "${name}"; system = "builtin"; builder = "builtin:buildenv"; manifest = "/dev/null"; derivations = "${derivations}"; }\n`);
    return run(tools, ['nix-build', '--no-out-link', `${root}/${name}.nix`], { env });
  };
  // The database is made by the first call.
  build('warm', first(store).slice(0, 1));
  return (round) => build(`farm-${round}`, first(store));
}

/** A Node program that makes the entries of a list, some as links of a generation before, and reads packages first. */
const replayByNode = (tools, list, sync, packages, before = '') => () => run(tools, [process.execPath, `${repository}/bench/reference/replay.mjs`, list, fresh(tools, 'node-replay'), sync, before, ...packages]);

function contendersOf(tools, store, { list, folded }) {
  const ids = first(store);
  const packages = ids.map((id) => `${store.path}/${id}`);
  const nox = (layout, settings) => () => {
    const env = newcomer(tools, store.path, layout);
    newProfile(tools, env, layout);
    const done = add(tools, settings === undefined ? env : watched(tools, env, settings), ids);
    return { ...done, env };
  };
  const later = {};
  const adds = (layout) => (round) => add(tools, later[layout][round], [store.added]);
  const remember = (layout, build) => (round) => {
    const done = build(round);
    (later[layout] ??= [])[round] = done.env;
    return done;
  };
  const replay = (sync) => () => run(tools, [tools.replay, list, fresh(tools, `c-${sync}`), sync]);
  const again = (round) => {
    const env = later.full[round];
    run(tools, [tools.nox.profile, 'new', 'second', '--layout', 'full'], { env, settle: false });
    return run(tools, [tools.nox.profile, '-p', 'second', 'add', ...ids], { env });
  };
  const stow = (...flags) => () => run(tools, ['stow', ...flags, '-d', store.path, '-t', fresh(tools, 'stow'), ...ids]);
  const contenders = {
    'nox full': remember('full', nox('full')),
    'C with sync': replay('sync'),
    'nox full, no sync': nox('full', { BENCH_NO_SYNC: 1 }),
    'C no sync': replay('nosync'),
    'Node, entries only, no sync': replayByNode(tools, list, 'nosync', []),
    'Node, reads and entries': replayByNode(tools, list, 'sync', packages),
    'nox folded': remember('folded', nox('folded')),
    'nox folded, no sync': nox('folded', { BENCH_NO_SYNC: 1 }),
    'Node, reads and entries, folded': replayByNode(tools, folded, 'sync', packages),
  };
  if (tools.versions.nix !== null) contenders['Nix buildenv'] = nixBuildenv(tools, store);
  if (tools.versions.stow !== null) Object.assign(contenders, { 'stow': stow(), 'stow --no-folding': stow('--no-folding') });
  return { contenders, additions: { 'nox full, add one': adds('full'), 'nox folded, add one': adds('folded'), 'nox full, again': again }, later };
}

/** Share of a generation's inodes that adding one package took. */
function inodeShare(env) {
  const before = inodes(generation(env, 1));
  const all = inodes(generation(env, 2));
  return [...all].filter((ino) => !before.has(ino)).length / before.size;
}

export function buildRows({ tools, store, rounds, say }) {
  const { list, entries, links } = listOfFirstBuild(tools, store, 'full');
  const { list: folded } = listOfFirstBuild(tools, store, 'folded');
  const { contenders, additions, later } = contendersOf(tools, store, { list, folded });
  const built = interleave(contenders, rounds, say);
  const added = interleave(additions, rounds, say);
  const f = { ...built, ...added };
  // What an addition needs at least: Node, and the entries of the new generation, by hard links.
  const leastOf = (layout) => {
    const before = new Map(listGeneration(generation(later[layout][0], 1)).map(({ path, target }) => [path, target]));
    return writeList(tools, listGeneration(generation(later[layout][0], 2)).map((entry) => (entry.op === 'l' && before.get(entry.path) === entry.target ? { op: 'h', path: entry.path, target: entry.path } : entry)));
  };
  const [least, leastFull] = [leastOf('folded'), leastOf('full')];
  const all = store.packages.map((id) => `${store.path}/${id}`);
  const from = (layout) => generation(later[layout][0], 1);
  Object.assign(f, interleave({
    'Node, entries of the second folded generation': replayByNode(tools, least, 'sync', [], from('folded')),
    'Node, reads and entries of the second folded generation': replayByNode(tools, least, 'sync', all, from('folded')),
    'Node, reads and entries of the second full generation': replayByNode(tools, leastFull, 'sync', all, from('full')),
    'Node, the same with looks': replayByNode(tools, leastFull, 'look', all, from('full')),
    'Node alone': () => run(tools, [process.execPath, '-e', '0']),
    'C, entries of the second folded generation': () => run(tools, [tools.replay, least, fresh(tools, 'c-least'), 'sync', from('folded')]),
  }, rounds, say));
  f['least of a folded addition'] = f['Node alone'].map(({ wall }, round) => ({ wall: wall + f['C, entries of the second folded generation'][round].wall }));
  const shares = { full: inodeShare(later.full[0]), folded: inodeShare(later.folded[0]) };
  const calls = `${links} links, ${entries.length - links} directories`;
  const row = (what, a, b, target) => {
    const absent = [a, b].find((contender) => f[contender] === undefined);
    if (absent !== undefined) return { what, target, unit: 'x', absent: `${absent} is not here` };
    return { what, target, unit: 'x', figure: ratio(f[a], f[b]), note: `${ms(f[a])} against ${ms(f[b])}` };
  };
  const ms = (figures) => `${(times(figures).median / 1000).toFixed(2)} s`;
  return {
    title: `${store.kind}: ${calls}`,
    rows: [
      row('first build, full, to the C program with syncfs', 'nox full', 'C with sync', 1.2),
      row('the same without any sync on both sides', 'nox full, no sync', 'C no sync', null),
      { what: 'the same without any sync, in user and system time', target: null, unit: 'x', figure: ratio(f['nox full, no sync'], f['C no sync'], 'cpu') },
      row('a Node program that makes only the entries, to the C program, both without sync', 'Node, entries only, no sync', 'C no sync', null),
      row('a Node program that reads packages, makes the entries and forces them to disk, to the C program with syncfs', 'Node, reads and entries', 'C with sync', null),
      row('first build, folded, to Nix buildenv', 'nox folded', 'Nix buildenv', 1.0),
      row('the same, with nothing forced to disk by nox: Nix forces its database, and no link', 'nox folded, no sync', 'Nix buildenv', null),
      row('first build, folded, to stow', 'nox folded', 'stow', 0.5),
      row('a Node program that reads packages, makes the folded entries and forces them to disk, to Nix buildenv', 'Node, reads and entries, folded', 'Nix buildenv', null),
      row('a Node program that reads packages, makes the folded entries and forces them to disk, to stow', 'Node, reads and entries, folded', 'stow', null),
      row('Nix buildenv, to stow', 'Nix buildenv', 'stow', null),
      row('first build, full, to stow --no-folding', 'nox full', 'stow --no-folding', 0.3),
      row('the C program with syncfs, to stow --no-folding', 'C with sync', 'stow --no-folding', null),
      row('a Node program that reads packages, makes the entries and forces them to disk, to stow --no-folding', 'Node, reads and entries', 'stow --no-folding', null),
      row('add one package, full, to the first build', 'nox full, add one', 'nox full', 0.6),
      row('a Node program that reads packages and makes the entries of the new generation, to the first build, full', 'Node, reads and entries of the second full generation', 'nox full', null),
      row('the same with a look at each directory of both generations and a second one at the earlier, so that no file of the user\'s is lost', 'Node, the same with looks', 'nox full', null),
      row('add one package, folded, to the first build', 'nox folded, add one', 'nox folded', 0.15),
      row('a start of Node and the entries of the new generation by C, to the first build, folded', 'least of a folded addition', 'nox folded', null),
      row('a Node program that makes only the entries of the new generation, to the first build, folded', 'Node, entries of the second folded generation', 'nox folded', null),
      row('a Node program that reads packages, as whoever is to see that one has changed must, and makes the entries of the new generation, to the first build, folded', 'Node, reads and entries of the second folded generation', 'nox folded', null),
      { what: 'add one package, full: inodes', target: 0.12, unit: 'x', figure: spread([shares.full]) },
      { what: 'add one package, folded: inodes', target: 0.12, unit: 'x', figure: spread([shares.folded]) },
      row('a second profile of the same packages, full, to the C program with syncfs', 'nox full, again', 'C with sync', null),
      { what: 'memory of the first build, full', target: 250, unit: 'MB', figure: times(f['nox full'], 'memory') },
    ],
    peers: Object.fromEntries(Object.entries(f).map(([name, figures]) => [name, times(figures)])),
    seconds: Object.fromEntries(Object.entries(f).map(([name, figures]) => [name, times(figures)])),
  };
}
