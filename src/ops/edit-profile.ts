import { readConfiguration } from '../config.js';
import type { Context } from '../context.js';
import { NoxError, quoted } from '../errors.js';
import { literally } from '../glob.js';
import type { Collision } from '../profile/farm/farm.js';
import { hideProblem, recordedPattern } from '../profile/hide-pattern.js';
import { type ProfileState, selectorOf } from '../profile/io/read-profile.js';
import { type Composition, emptyComposition } from '../profile/manifest.js';
import { shellWord } from '../shell-word.js';
import { awaitQuarantined } from './await-quarantined.js';
import { choosePackages, type PackageEdit } from './choose-packages.js';
import { findInstalled } from './explain-package.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';
import { expectBuild } from './plan-generation.js';
import { readStores } from './read-stores.js';
import { type EditResult, recomposeProfile } from './recompose-profile.js';
import { refuseRelease } from './refuse-release.js';

export type { EditResult } from './recompose-profile.js';

export interface EditRequest {
  readonly selection: ProfileSelection & { readonly store?: readonly string[] | undefined };
  readonly action: 'add' | 'del' | 'upgrade' | 'unfold' | 'pin' | 'unpin';
  readonly packages: PackageEdit;
  /** Packages, by name or identifier, that win their collisions. */
  readonly prefer: readonly string[];
  /** Names of packages that are not to win any longer. */
  readonly unprefer: readonly string[];
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

/** `add`, `del`, `upgrade` and what else makes a new generation out of the last: one transaction. */
export async function editProfile(context: Context, request: EditRequest): Promise<EditResult> {
  const { ref, state } = openOrDefault(context, request.selection, request.action === 'add' ? 'make' : 'look');
  if (state !== null) refuseRelease(state);
  refusePatterns(request);
  tellNothingTakenBack(context, request, state);
  expectBuild(request.packages.add.length + (state?.manifest.packages.length ?? 0));
  const profile = selectorOf(ref);
  const stores = await awaitQuarantined(context, request.packages.add, request.dryRun ? 0 : request.wait, () => readStores(context, request.selection));
  return recomposeProfile(context, {
    action: request.action, ref, state, stores, initial: defaultComposition(context), make: 'when-changed', dryRun: request.dryRun, wait: request.wait,
    compose: (current) => edited(current, request, choosePackages(stores, current, request.packages, profile), profile),
    preferredIn: (composition) => request.prefer.map((text) => findInstalled(composition, text, profile).name),
    resolveCommand: (collisions) => commandThatResolves(request, collisions),
  });
}

function refusePatterns({ action, hide, copy }: EditRequest): void {
  for (const [flag, pattern] of [...hide.map((text) => ['--hide', text] as const), ...copy.map((text) => ['--copy', text] as const)]) {
    const problem = hideProblem(pattern);
    if (problem !== null) throw new NoxError('usage', { problem: `${flag} "${pattern}": ${problem}`, command: `nox-profile ${action}` });
  }
}

/** Said of what is taken back and was never given: most likely it is mistyped. */
function tellNothingTakenBack(context: Context, { unhide, uncopy }: EditRequest, state: ProfileState | null): void {
  const tell = (flag: string, patterns: readonly string[], current: readonly string[]): void => {
    for (const pattern of patterns) if (!current.includes(recordedPattern(pattern))) context.say(`the profile has no ${flag} ${quoted(pattern)} to take back`);
  };
  tell('--hide', unhide, state?.manifest.hide ?? []);
  tell('--copy', uncopy, state?.manifest.copy ?? []);
}

function defaultComposition(context: Context): Composition {
  const { layout, omit } = readConfiguration(context);
  return { ...emptyComposition, layout: layout ?? 'full', omit: omit ?? [] };
}

function edited(current: Composition, request: EditRequest, packages: Composition['packages'], profile: string): Composition {
  const names = new Set(packages.map((pkg) => pkg.name));
  const preferred = request.prefer.map((text) => findInstalled({ packages }, text, profile).name);
  const dropped = new Set(request.unprefer.map((text) => findInstalled({ packages }, text, profile).name));
  return {
    ...current,
    packages: pinnedAs(packages, request, profile),
    prefer: [...new Set([...preferred, ...current.prefer])].filter((name) => names.has(name) && !dropped.has(name)),
    hide: withPatterns(current.hide, request.hide, request.unhide),
    copy: withPatterns(current.copy, request.copy, request.uncopy),
    withLibc: request.withLibc ?? current.withLibc,
    unfold: [...new Set([...current.unfold, ...request.unfold])],
  };
}

function withPatterns(current: readonly string[], added: readonly string[], takenBack: readonly string[]): string[] {
  const gone = new Set(takenBack.map(recordedPattern));
  return [...new Set([...current.filter((pattern) => !gone.has(recordedPattern(pattern))), ...added.map(recordedPattern)])];
}

function pinnedAs(packages: Composition['packages'], { pin, unpin }: EditRequest, profile: string): Composition['packages'] {
  if (pin.length + unpin.length === 0) return packages;
  const find = (text: string): string => findInstalled({ packages }, text, profile).name;
  const [held, freed] = [new Set(pin.map(find)), new Set(unpin.map(find))];
  return packages.map((pkg) => ({ ...pkg, pinned: (pkg.pinned || held.has(pkg.name)) && !freed.has(pkg.name) }));
}

/** The same command with the flags that settle every collision: for the new packages, and for the user's own files. */
function commandThatResolves(request: EditRequest, collisions: readonly Collision[]): string {
  const { action, packages, selection, withLibc } = request;
  const winners = new Set(request.prefer);
  const hidden = [...request.hide];
  for (const { path, packages: rivals, unmanaged } of collisions) {
    // A `:` would end the name of a package.
    if (unmanaged) hidden.push(literally(path).replaceAll(':', '?'));
    else if (!rivals.some(({ name }) => winners.has(name))) {
      const asked = rivals.find(({ name, id }) => packages.add.some((text) => text === id || text === name || text.startsWith(`${name}@`)));
      winners.add((asked ?? rivals[rivals.length - 1])?.name ?? '');
    }
  }
  const profile = selection.profile ?? selection.name;
  // What pins has no say in collisions; a package that is there is asked for again.
  const pinned = [...request.pin, ...request.unpin];
  const words = [
    'nox-profile', pinned.length > 0 ? 'add' : action, ...packages.add, ...pinned, ...(packages.upgrade === 'all' ? [] : packages.upgrade), ...request.unfold.slice(-1),
    ...(action === 'del' ? packages.del : packages.del.flatMap((text) => ['--del', text])),
    ...(profile === undefined ? [] : ['-p', profile]),
    ...[...winners].flatMap((name) => ['--prefer', name]), ...request.unprefer.flatMap((text) => ['--no-prefer', text]), ...hidden.flatMap((pattern) => ['--hide', pattern]),
    ...request.unhide.flatMap((pattern) => ['--unhide', pattern]), ...request.copy.flatMap((pattern) => ['--copy', pattern]), ...request.uncopy.flatMap((pattern) => ['--no-copy', pattern]), ...(withLibc === null ? [] : [withLibc ? '--with-libc' : '--no-with-libc']),
  ];
  return words.map(shellWord).join(' ');
}
