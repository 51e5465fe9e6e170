import type { PlaceFlags } from '../config.js';
import { readAllMarks } from '../collect/io/marks.js';
import { readQuarantine } from '../collect/io/quarantine.js';
import { type Context, derived } from '../context.js';
import { isAnyNoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { readDirectoryIfAny } from '../fs/disk.js';
import { abandonedEntries } from '../fs/owned-entries.js';
import { storeStaging } from '../layout.js';
import { shellWord } from '../shell-word.js';
import type { ScannedStore } from '../store/io/scan.js';
import { misspeltText } from '../store/metadata.js';
import { readStores } from './read-stores.js';
import { survey } from './survey.js';
import { distinctStores } from './take-survey.js';

/** Something that a store's owner or a user should see to. */
interface Finding {
  readonly store: string;
  readonly kind: 'missing' | 'unusable' | 'misspelt' | 'doubt' | 'dangling' | 'quarantined' | 'deleting' | 'mark' | 'left-over';
  readonly path: string;
  readonly problem: string;
  readonly hint: string;
}

/** `doctor`: what is wrong with the stores, or was left by a collector that was killed. Changes nothing. */
export async function storeDoctor(context: Context, flags: PlaceFlags): Promise<readonly Finding[]> {
  const all = await readStores(derived(context, { say: () => undefined }), flags);
  const stores = distinctStores(all);
  const { dangling, doubts } = await survey(derived(context, { say: () => undefined }), { ...flags, forget: [], sizes: false });
  const findings: Finding[] = [
    ...unusable(all),
    ...stores.flatMap((store) => [...storeFindings(context, store), ...packageFindings(store)]),
    ...dangling.map(({ profile, generation, id, store }): Finding => ({ store, kind: 'dangling', path: profile, problem: `generation ${generation} uses ${id}, which is gone`, hint: `put ${id} back, or let the owner of the profile remove it` })),
    // A store's own file that cannot be used is a doubt of collectors, too.
    ...doubts.filter(({ path }) => !all.some(({ warnings }) => warnings.some((warning) => warning.path === path))).map(({ path, reason, hint }): Finding => ({ store: path, kind: 'doubt', path, problem: reason, hint })),
  ];
  return findings.sort((a, b) => byName(a.store, b.store) || byName(a.path, b.path) || byName(a.problem, b.problem));
}

/** Stores that are not there, and what of their own files cannot be used. */
function unusable(stores: readonly ScannedStore[]): Finding[] {
  return stores.flatMap(({ warnings, path: store, missing }) => warnings.map(({ path, problem }): Finding =>
    ({ store, kind: missing ? 'missing' : 'unusable', path, problem, hint: missing ? `nox-store init ${shellWord(store)}` : 'correct it' })));
}

/** What is wrong with what packages say of themselves; where the store's own file is, that is told once. */
function packageFindings({ path: store, packages, configProblem }: ScannedStore): Finding[] {
  return packages.filter(({ aliasOf }) => aliasOf === null).flatMap(({ id, path, misspelt, problem }) => [
    ...(problem === null || configProblem !== null ? [] : [{ store, kind: 'unusable', path, problem: `${id} cannot be used: ${problem}`, hint: 'correct it' } as const]),
    ...misspelt.map((key): Finding => ({ store, kind: 'misspelt', path, problem: `metadata of ${id}: ${misspeltText(key)}`, hint: 'correct it' })),
  ]);
}

function storeFindings(context: Context, { path: store, packages, parents: searched }: ScannedStore): Finding[] {
  try {
    const entries = readQuarantine({ path: store, parents: searched }, context.now());
    const known = new Set(entries.map(({ path }) => path));
    const parents = new Set(['', ...packages.map(({ id }) => id.split('/').slice(0, -1).join('/')).filter((parent) => parent !== ''), ...entries.map(({ id }) => id.split('/').slice(0, -1).join('/'))]);
    const hidden = [...parents].flatMap((parent) => (readDirectoryIfAny(`${store}/${parent}`) ?? []).map(({ name }) => (parent === '' ? `${store}/${name}` : `${store}/${parent}/${name}`)));
    const strays = hidden.filter((path) => /\/\.nox-(?:quarantine|doomed)-[0-9a-f]{16}$/.test(path) && !known.has(path));
    return [
      ...entries.map(({ id, at, path, doomed, ours }): Finding => (doomed || !ours
        ? { store, kind: 'deleting', path, problem: `${id} is being deleted since ${at}`, hint: 'nox-store gc' }
        : { store, kind: 'quarantined', path, problem: `${id} is in quarantine since ${at}`, hint: `bring it back: nox-store gc --restore ${shellWord(id)}; or delete it: nox-store gc --purge` })),
      ...strays.map((path): Finding => ({ store, kind: 'left-over', path, problem: 'a package in quarantine without its record', hint: 'rename it to its identifier, or remove it' })),
      ...abandonedEntries(storeStaging(store), context.now()).map((path): Finding => ({ store, kind: 'left-over', path, problem: 'an import that was killed left this', hint: 'nox-store gc' })),
      ...readAllMarks(store).map(({ id, path }): Finding => ({ store, kind: 'mark', path, problem: `${id} is marked by a collector that runs, or was killed`, hint: 'if that was killed: nox-store gc' })),
    ];
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    return [{ store, kind: 'unusable', path: store, problem: error.message, hint: 'correct it' }];
  }
}
