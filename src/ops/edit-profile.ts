import { isDeepStrictEqual } from 'node:util';
import { readConfiguration } from '../config.js';
import type { Context } from '../context.js';
import { NoxError, quoted } from '../errors.js';
import { display } from '../fs/bytes.js';
import { changesBetween } from '../profile/changes.js';
import type { Collision } from '../profile/farm/farm.js';
import { hideProblem } from '../profile/hide-pattern.js';
import { ensureHome } from '../profile/io/home.js';
import { type GenerationPlan, nextNumber } from '../profile/io/publish.js';
import { type ProfileRef, type ProfileState, selectorOf } from '../profile/io/read-profile.js';
import { type Change, type Composition, emptyComposition, type Manifest, packagePath } from '../profile/manifest.js';
import type { StorePath } from '../store/package.js';
import { shellWord } from '../shell-word.js';
import { type ChangeOutcome, changeProfile } from './change-profile.js';
import { awaitQuarantined } from './await-quarantined.js';
import { choosePackages, type PackageEdit } from './choose-packages.js';
import { findInstalled } from './explain-package.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';
import { compositionOf, createProfile } from './new-profile.js';
import { planGeneration } from './plan-generation.js';
import { readStores } from './read-stores.js';
import { refuseRelease } from './refuse-release.js';

export interface EditRequest {
  readonly selection: ProfileSelection & { readonly store?: readonly string[] | undefined };
  readonly action: 'add' | 'del' | 'upgrade' | 'unfold' | 'pin' | 'unpin';
  readonly packages: PackageEdit;
  /** Packages, by name or identifier, that win their collisions. */
  readonly prefer: readonly string[];
  /** Patterns of paths to leave out, and ones not to leave out any longer. */
  readonly hide: readonly string[];
  readonly unhide: readonly string[];
  /** Patterns of files to hold as copies, and ones not to copy any longer. */
  readonly copy: readonly string[];
  readonly uncopy: readonly string[];
  /** `null`: as it is. */
  readonly withLibc: boolean | null;
  readonly unfold: readonly string[];
  /** Packages of the profile, by name or identifier, that are to stay as they are, and ones that may be exchanged again. */
  readonly pin: readonly string[];
  readonly unpin: readonly string[];
  readonly dryRun: boolean;
  readonly wait: number;
}

export interface EditResult {
  readonly profile: string;
  readonly generation: number | null;
  readonly previous: number | null;
  readonly changes: readonly Change[];
  readonly dryRun: boolean;
}

/** `add`, `del`, `upgrade` and what else makes a new generation out of the last: one transaction. */
export async function editProfile(context: Context, request: EditRequest): Promise<EditResult> {
  const { ref, state } = openOrDefault(context, request.selection);
  if (state !== null) refuseRelease(state);
  refusePatterns(request);
  const stores = await awaitQuarantined(context, request.packages.add, request.dryRun ? 0 : request.wait, () => readStores(context, request.selection));
  let result: EditResult | null = null;
  const change = (dryRun: boolean): Promise<ChangeOutcome> => changeProfile(context, state?.ref ?? ref, {
    action: request.action, dryRun, wait: request.wait, create: state === null,
    decide(from) {
      const current = from === null ? defaultComposition(context) : compositionOf(from.manifest);
      const composition = edited(current, request, choosePackages(stores, current, request.packages, selectorOf(ref)), selectorOf(ref));
      const same = isSameComposition(current, composition);
      const previous = from === null ? 0 : from.generation;
      const number = same ? previous : Math.max(1, nextNumber(ref.home, ref.name, from?.last ?? null));
      const changes = changesBetween(current.packages, composition.packages);
      result = { profile: ref.name, generation: number, previous, changes, dryRun: request.dryRun };
      if (same) return { kind: 'nothing' };
      return { kind: 'build', plan: () => planEdit(context, { request, from, ref, composition, number: number as number }) };
    },
  });
  if (state === null && !request.dryRun) {
    // A command that is refused, or that changes nothing, makes no profile.
    if ((await change(true)).intent.kind === 'nothing') return result as unknown as EditResult;
    await createDefault(context, ref, request.wait);
  }
  const outcome = await change(request.dryRun);
  if (outcome.plan !== null) {
    tellWhatIsLeftOut(context, outcome.plan);
    tellForeignPrefixes(context, outcome.plan, stores);
    tellNewVariables(context, outcome);
  }
  return result as unknown as EditResult;
}

/** Compared as they are written down: what metadata and manifests read is alike then. */
function isSameComposition(a: Composition, b: Composition): boolean {
  const written = (composition: Composition): unknown => JSON.parse(JSON.stringify(composition));
  return isDeepStrictEqual(written(a), written(b));
}

function refusePatterns({ action, hide, copy }: EditRequest): void {
  for (const [flag, pattern] of [...hide.map((text) => ['--hide', text] as const), ...copy.map((text) => ['--copy', text] as const)]) {
    const problem = hideProblem(pattern);
    if (problem !== null) throw new NoxError('usage', { problem: `${flag} "${pattern}": ${problem}`, command: `nox-profile ${action}` });
  }
}

async function createDefault(context: Context, ref: ProfileRef, wait: number): Promise<void> {
  ensureHome(ref.home, context.now());
  const { layout, omit } = defaultComposition(context);
  await createProfile(context, { ref, kind: 'user', layout, omit, wait, orExisting: true });
}

function defaultComposition(context: Context): Composition {
  const { layout, omit } = readConfiguration(context);
  return { ...emptyComposition, layout: layout ?? 'full', omit: omit ?? [] };
}

function edited(current: Composition, request: EditRequest, packages: Composition['packages'], profile: string): Composition {
  const names = new Set(packages.map((pkg) => pkg.name));
  const preferred = request.prefer.map((text) => findInstalled({ packages }, text, profile).name);
  const hide = current.hide.filter((pattern) => !request.unhide.includes(pattern));
  return {
    ...current,
    packages: pinnedAs(packages, request, profile),
    prefer: [...new Set([...preferred, ...current.prefer])].filter((name) => names.has(name)),
    hide: [...new Set([...hide, ...request.hide])],
    copy: [...new Set([...current.copy.filter((pattern) => !request.uncopy.includes(pattern)), ...request.copy])],
    withLibc: request.withLibc ?? current.withLibc,
    unfold: [...new Set([...current.unfold, ...request.unfold])],
  };
}

function pinnedAs(packages: Composition['packages'], { pin, unpin }: EditRequest, profile: string): Composition['packages'] {
  if (pin.length + unpin.length === 0) return packages;
  const find = (text: string): string => findInstalled({ packages }, text, profile).name;
  const [held, freed] = [new Set(pin.map(find)), new Set(unpin.map(find))];
  return packages.map((pkg) => ({ ...pkg, pinned: (pkg.pinned || held.has(pkg.name)) && !freed.has(pkg.name) }));
}

interface PlanInput {
  readonly request: EditRequest;
  readonly from: ProfileState | null;
  readonly ref: ProfileRef;
  readonly composition: Composition;
  readonly number: number;
}

function planEdit(context: Context, { request, from, ref, composition, number }: PlanInput): Promise<GenerationPlan> {
  const kind: Manifest['kind'] = from === null || from.generation === null ? 'user' : from.manifest.kind;
  const resolveCommand = (collisions: readonly Collision[]): string => commandThatResolves(request, collisions);
  const preferred = request.prefer.map((text) => findInstalled(composition, text, selectorOf(ref)).name);
  return planGeneration(context, { ref, kind, action: request.action, number, composition, from, preferred, resolveCommand });
}

/** The same command with the flags that settle every collision: for the new packages, and for the user's own files. */
function commandThatResolves(request: EditRequest, collisions: readonly Collision[]): string {
  const { action, packages, selection, withLibc } = request;
  const winners = new Set(request.prefer);
  const hidden = [...request.hide];
  for (const { path, packages: rivals, unmanaged } of collisions) {
    if (unmanaged) hidden.push(escapeGlob(path));
    else if (!rivals.some(({ name }) => winners.has(name))) {
      const asked = rivals.find(({ name, id }) => packages.add.some((text) => text === id || text === name || text.startsWith(`${name}@`)));
      winners.add((asked ?? rivals[rivals.length - 1])?.name ?? '');
    }
  }
  const profile = selection.profile ?? selection.name;
  const words = [
    'nox-profile', action, ...packages.add, ...(packages.upgrade === 'all' ? [] : packages.upgrade), ...request.unfold.slice(-1),
    ...(action === 'del' ? packages.del : packages.del.flatMap((text) => ['--del', text])),
    ...(profile === undefined ? [] : ['-p', profile]),
    ...[...winners].flatMap((name) => ['--prefer', name]), ...hidden.flatMap((pattern) => ['--hide', pattern]),
    ...request.unhide.flatMap((pattern) => ['--unhide', pattern]), ...(withLibc === null ? [] : [withLibc ? '--with-libc' : '--no-with-libc']),
  ];
  return words.map(shellWord).join(' ');
}

/** A `:` would end the name of a package. */
function escapeGlob(path: string): string {
  return path.replaceAll(/[\\*?[\]{}()!+@|]/g, '\\$&').replaceAll(':', '?');
}

/** Said when packages that bring the C library come in, not again afterwards. */
function tellWhatIsLeftOut(context: Context, { farm, manifest }: GenerationPlan): void {
  const fresh = new Set(manifest.changes.filter((change) => change.change !== 'removed').map((change) => change.id));
  const left = farm.withoutLibc.filter(({ id }) => fresh.has(id));
  const [first] = left;
  if (first === undefined) return;
  context.say(`left out ${left.length} files of the C library (${display(first.path)} of ${quoted(first.id)}, …): on LD_LIBRARY_PATH they would crash the host's programs; --with-libc links them`);
}

/** A package that was built for another place may not run from this one; nox does not relocate. */
function tellForeignPrefixes(context: Context, { manifest }: GenerationPlan, stores: StorePath): void {
  const fresh = new Set(manifest.changes.map((change) => change.id));
  const paths = new Set(manifest.packages.filter((pkg) => fresh.has(pkg.id)).map(packagePath));
  for (const { id, path, metadata } of stores.flatMap((store) => store.packages)) {
    if (!paths.has(path) || metadata.prefix === null || metadata.prefix === path) continue;
    context.say(`${quoted(id)} was built for ${quoted(metadata.prefix)} and may not run from ${quoted(path)}`);
  }
}

/** A shell in which the profile is active has the variables of the generation that it was activated with. */
function tellNewVariables(context: Context, { before, plan }: ChangeOutcome): void {
  const path = before?.path ?? '';
  if (plan === null || context.environment['NOX_PROFILE'] !== path) return;
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(before?.manifest.env)), JSON.parse(JSON.stringify(plan.manifest.env)))) {
    context.say(`this shell does not have the new variables of ${quoted(plan.manifest.profile)} yet: eval $(nox-profile env ${display(shellWord(plan.manifest.profile))})`);
  }
}
