import type { Context } from '../context.js';
import { chooseGeneration, type Target } from '../env/io/choose-generation.js';
import { namesIn, resolveSpec } from '../env/resolve-spec.js';
import type { EnvSpec } from '../env/spec.js';
import { activeLayers } from '../env/state.js';
import { activate, type Change, deactivate } from '../env/transition.js';
import { NoxError } from '../errors.js';
import { profileLink } from '../layout.js';
import { readManifest } from '../profile/io/read-profile.js';
import { type ManifestPackage, packagePath } from '../profile/manifest.js';
import { findProfile, openOrDefault, type ProfileSelection } from './find-profile.js';

export interface EnvRequest {
  readonly selection: ProfileSelection;
  readonly pin: 'pin' | 'no-pin' | 'auto';
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
  /** Resolved, without what was left out. */
  readonly spec: EnvSpec;
  readonly explanation: Explanation;
}

/** Where each element comes from, and what was left out. */
export interface Explanation {
  readonly elements: ReadonlyArray<{ readonly variable: string; readonly way: 'set' | 'prepend' | 'append'; readonly value: string; readonly from: string }>;
  readonly omitted: ReadonlyArray<{ readonly variable: string; readonly why: string }>;
}

const EMPTY: EnvSpec = { set: {}, prepend: {}, append: {} };

/** The environment of the profile selected: of the generation that a job or pin holds, else as the profile stands. */
export function profileEnv(context: Context, request: EnvRequest): EnvResult {
  const { ref, state } = openOrDefault(context, request.selection);
  const path = profileLink(ref.home, ref.name);
  if (state === null) {
    return { profile: ref.name, path, generation: null, pinned: false, job: null, root: path, spec: EMPTY, explanation: { elements: [], omitted: [] } };
  }
  const { environment } = context;
  const target = chooseGeneration({ ...ref, path, tree: state.tree, environment, pin: request.pin, now: context.now() });
  const manifest = target.tree === state.tree ? state.manifest : readManifest(target.tree);
  const omitted = omissions(manifest.omit, environment['NOX_OMIT'] ?? '', request.omit);
  const spec = resolveSpec(manifest.env, target.root, new Set(omitted.map(({ variable }) => variable)));
  return {
    profile: ref.name,
    path,
    generation: manifest.number,
    pinned: target.generation !== null,
    job: target.job,
    root: target.root,
    spec,
    explanation: explain({ spec, target, packages: manifest.packages, omitted: omitted.filter(({ variable }) => hasVariable(manifest.env, variable)) }),
  };
}

/** The changes to the calling environment that make the profile active. */
export function activation(context: Context, result: EnvResult, options: { readonly stack: boolean }): Change[] {
  const { path, pinned, generation, job, spec } = result;
  return activate(context.environment, { profile: path, generation: pinned ? generation : null, job, spec }, options);
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
    if (top?.profile !== path) throw new NoxError('not-active', { profile: ref.name, active: top?.profile ?? null });
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
