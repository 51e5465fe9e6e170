import { posix } from 'node:path';
import { profileHomeOf } from '../config.js';
import type { Context } from '../context.js';
import { chooseGeneration, type PinMode, type Target } from '../env/io/choose-generation.js';
import { isSameProfile } from '../env/io/same-profile.js';
import { jobOf } from '../env/job.js';
import { namesIn, resolveSpec } from '../env/resolve-spec.js';
import type { EnvSpec } from '../env/spec.js';
import { activeLayers } from '../env/state.js';
import { activate, type Change, deactivate } from '../env/transition.js';
import { isAnyNoxError, NoxError, orNull, quoted } from '../errors.js';
import { realPath, status, statusFollowed } from '../fs/disk.js';
import { homeOfGeneration, homeState, profileLink } from '../layout.js';
import { endLastingLeases, takeLastingLease } from '../profile/io/lease.js';
import { isShown } from '../profile/io/publish.js';
import { nameOf, type ProfileState, readManifest } from '../profile/io/read-profile.js';
import { settleProfile } from '../profile/io/workshop.js';
import { type ManifestPackage, packagePath } from '../profile/manifest.js';
import { findProfile, openOrDefault, type ProfileSelection } from './find-profile.js';
import { userName } from '../user-name.js';

interface EnvRequest {
  readonly selection: ProfileSelection;
  readonly pin: PinMode;
  /** Variables left alone by this call. */
  readonly omit: readonly string[];
}

/** The environment of a profile, resolved for the calling environment. */
export interface EnvResult {
  readonly profile: string;
  /** Absolute path of the profile. */
  readonly path: string;
  /** The generation shown; `null` for a profile that does not exist yet. */
  readonly generation: number | null;
  readonly pinned: boolean;
  /** The batch job that it is pinned for. */
  readonly job: string | null;
  /** What `${profile}` stands for. */
  readonly root: string;
  /** True for a generation of a release: that is never pruned, so it needs no lease. */
  readonly isRelease: boolean;
  /** The homes in which whoever uses the generation leaves a lease, see {@link homesHolding}. */
  readonly leaseHomes: readonly string[];
  /** Resolved, without what was left out. */
  readonly spec: EnvSpec;
  readonly explanation: Explanation;
}

/** Where each element comes from, and what was left out. */
interface Explanation {
  readonly elements: ReadonlyArray<{ readonly variable: string; readonly way: 'set' | 'prepend' | 'append'; readonly value: string; readonly from: string }>;
  readonly omitted: ReadonlyArray<{ readonly variable: string; readonly why: string }>;
}

const EMPTY: EnvSpec = { set: {}, prepend: {}, append: {} };

/** The environment of the profile selected: of the generation that a job or pin holds, else as the profile stands. Mends the profile's link. */
export function profileEnv(context: Context, request: EnvRequest): EnvResult {
  const { ref, state } = openOrDefault(context, request.selection);
  const path = profileLink(ref.home, ref.name);
  if (state === null) {
    return { profile: nameOf(ref), path, generation: 0, pinned: false, job: null, root: path, isRelease: false, leaseHomes: [], spec: EMPTY, explanation: { elements: [], omitted: [] } };
  }
  const { environment } = context;
  const chosen = chooseGeneration({ ...ref, path, tree: state.tree, environment, pin: request.pin, now: context.now() });
  const target = chosen.root === path && !isSettled(context, state) ? { ...chosen, root: state.tree } : chosen;
  const manifest = target.tree === state.tree ? state.manifest : readManifest(target.tree);
  const omitted = omissions(manifest.omit, environment['NOX_OMIT'] ?? '', request.omit);
  const spec = resolveSpec(manifest.env, target.root, new Set(omitted.map(({ variable }) => variable)));
  return {
    profile: nameOf(ref),
    path,
    generation: manifest.number,
    pinned: target.generation !== null,
    job: target.job,
    root: target.root,
    isRelease: manifest.kind === 'release',
    leaseHomes: homesHolding(context, request.selection, { path, tree: target.tree, isRelease: manifest.kind === 'release' }),
    spec,
    explanation: explain({ spec, target, packages: manifest.packages, omitted: omitted.filter(({ variable }) => hasVariable(manifest.env, variable)) }),
  };
}

/** Whether the profile's own path shows what its journal says, if need be after it was put right. */
function isSettled(context: Context, { ref, path, last }: ProfileState): boolean {
  if (isShown(ref.home, ref.name, last)) return true;
  orNull(() => settleProfile(ref));
  if (isShown(ref.home, ref.name, last)) return true;
  context.say(`${quoted(path)} does not show what the profile holds and cannot be put right now, so the environment points at the generation itself`);
  return false;
}

/**
 * The home of the profile, and where it links to another's, that, too, whose owner looks nowhere else. A release is held as it stands by who looks
 * among the releases; for who does not, the homes of the caller's own that are there hold its packages.
 */
function homesHolding(context: Context, selection: ProfileSelection, { path, tree, isRelease }: Pick<EnvResult, 'path' | 'isRelease'> & { readonly tree: string }): string[] {
  const own = posix.dirname(path);
  const shown = homeOfGeneration(tree) ?? own;
  if (!isRelease) return [...new Set([own, shown])];
  return [...new Set([own, profileHomeOf(context, selection)])].filter((home) => home !== shown && orNull(() => status(homeState(home))) !== null);
}

/** A claim that outlives the command, see {@link leaseGeneration}. */
export interface LeaseResult {
  readonly path: string;
  readonly job: string | null;
  /** RFC 3339, UTC. */
  readonly expires: string;
}

/**
 * Keeps the generation that the environment is pinned to from being pruned and its packages from being collected, for `seconds`, or
 * for as long as the batch system knows the job. `null` when there is nothing to keep, or for a release of which no lease can be left.
 * @throws `no-such-generation` when it was pruned just now, `not-permitted`, `file-system`.
 */
export function leaseGeneration(context: Context, result: EnvResult, seconds: number): LeaseResult | null {
  const { profile, path, generation, pinned, root, job, leaseHomes, isRelease } = result;
  if (!pinned || generation === null) return null;
  const claim = { profile: path, generation, tree: root, user: userName(), job };
  const taken = leaseHomes.flatMap((home, at) => {
    try {
      return [takeLastingLease(home, claim, seconds, context.now())];
    } catch (error) {
      if (!isAnyNoxError(error) || (at === 0 && !isRelease)) throw error;
      if (!isRelease) context.say(`${error.message}; whoever owns "${home}" does not see this lease`);
      return [];
    }
  });
  // In this order: whoever prunes looks for leases after it has taken the generation out of view.
  if (statusFollowed(root) === null) throw new NoxError('no-such-generation', { profile, generation, existing: [] });
  const [first] = taken;
  return first === undefined ? null : { path: first.path, job, expires: first.lease.expires };
}

/**
 * Ends what {@link leaseGeneration} left for this user's present job, or outside of jobs for this machine, on generations of the profile at that path.
 * @throws `not-permitted`, `file-system`.
 */
export function endLeases(context: Context, selection: ProfileSelection, path: string): void {
  const claim = { profile: path, user: userName(), job: jobOf(context.environment)?.key ?? null };
  const shown = homeOfGeneration(realPath(path) ?? path);
  const homes = new Set([posix.dirname(path), ...(shown === null ? [] : [shown]), profileHomeOf(context, selection)]);
  for (const home of homes) endLastingLeases(home, claim);
}

/** Absolute path of the uppermost active profile; `null` when none is active. */
export const activeProfile = ({ environment }: Context): string | null => activeLayers(environment).at(-1)?.profile ?? null;

/** The changes to the calling environment that make the profile active. */
export function activation(context: Context, result: EnvResult, options: { readonly stack: boolean }): Change[] {
  const { path, pinned, generation, job, spec } = result;
  return activate(context.environment, { profile: path, generation: pinned ? generation : null, job, spec }, { ...options, isSame: isSameProfile });
}

/**
 * The changes that undo the uppermost active profile; none when none is active.
 * @throws `not-active` when the selection names another one.
 */
export function deactivation(context: Context, selection: ProfileSelection): Change[] {
  const top = activeLayers(context.environment).at(-1);
  if (selection.name !== undefined || selection.profile !== undefined) {
    const { ref } = findProfile(context, selection);
    const path = profileLink(ref.home, ref.name);
    if (top === undefined || !isSameProfile(top.profile, path)) throw new NoxError('not-active', { profile: nameOf(ref), active: top?.profile ?? null });
  }
  return deactivate(context.environment);
}

function omissions(profile: readonly string[], shell: string, call: readonly string[]): Array<{ variable: string; why: string }> {
  const named = [
    ...call.map((variable) => ({ variable, why: 'omitted by this call' })),
    ...namesIn(shell).map((variable) => ({ variable, why: 'omitted by NOX_OMIT' })),
    ...profile.map((variable) => ({ variable, why: 'omitted by the profile' })),
  ];
  return [...new Map(named.reverse().map((omission) => [omission.variable, omission])).values()];
}

const hasVariable = (spec: EnvSpec, name: string): boolean => [spec.set, spec.prepend, spec.append].some((map) => Object.hasOwn(map, name));

interface ExplanationRequest {
  readonly spec: EnvSpec;
  readonly target: Target;
  readonly packages: readonly ManifestPackage[];
  readonly omitted: Explanation['omitted'];
}

function explain({ spec, target, packages, omitted }: ExplanationRequest): Explanation {
  const declarers = new Map<string, string[]>();
  for (const pkg of packages) {
    const resolve = (text: string): string => text.replaceAll('${package}', () => packagePath(pkg)).replaceAll('${profile}', () => target.root);
    for (const [variable, text] of declaredTexts(pkg)) {
      for (const element of [resolve(text), ...resolve(text).split(':')]) {
        const key = `${variable}=${element}`;
        declarers.set(key, [...new Set([...(declarers.get(key) ?? []), pkg.id])]);
      }
    }
  }
  const from = (variable: string, value: string): string => declarers.get(`${variable}=${value}`)?.join(', ') ?? 'directory of the profile';
  const rows = (way: 'set' | 'prepend' | 'append', variable: string, values: readonly string[]): Explanation['elements'] =>
    values.map((value) => ({ variable, way, value, from: from(variable, value) }));
  return {
    elements: [
      ...Object.entries(spec.set).flatMap(([variable, value]) => rows('set', variable, [value])),
      ...Object.entries(spec.prepend).flatMap(([variable, values]) => rows('prepend', variable, values)),
      ...Object.entries(spec.append).flatMap(([variable, values]) => rows('append', variable, values)),
    ],
    omitted,
  };
}

/** Each text that a package declares, with its variable. */
function declaredTexts({ env }: ManifestPackage): Array<[string, string]> {
  const lists = [...Object.entries(env?.prepend ?? {}), ...Object.entries(env?.append ?? {})];
  return [...Object.entries(env?.set ?? {}), ...lists.flatMap(([variable, texts]) => texts.map((text): [string, string] => [variable, text]))];
}
