import * as path from 'node:path';
import { place, profileHomeOf } from '../config.js';
import type { Context } from '../context.js';
import { beforeChange, NoxError } from '../errors.js';
import { status } from '../fs/disk.js';
import { profileLink } from '../layout.js';
import { readAdHoc, writeAdHoc } from '../profile/io/ad-hoc.js';
import { ensureHome } from '../profile/io/home.js';
import { type GenerationPlan, nextNumber } from '../profile/io/publish.js';
import { type ProfileRef, type ProfileState, readProfile } from '../profile/io/read-profile.js';
import { type Composition, emptyComposition, type Manifest } from '../profile/manifest.js';
import { parseProfileName } from '../profile/name.js';
import { changeProfile } from './change-profile.js';
import { openProfile, refOfPath } from './find-profile.js';
import { planGeneration } from './plan-generation.js';
import { finishLeft } from './refresh-records.js';
import { refusePlace } from './refuse-place.js';

interface NewProfileRequest {
  readonly name: string;
  readonly profiles?: string | undefined;
  readonly store?: readonly string[] | undefined;
  /** Start with the packages and choices of this profile or release. */
  readonly from?: string | undefined;
  /** Show this profile or release, until the first change. */
  readonly link?: string | undefined;
  /** Where an ad-hoc profile goes. */
  readonly path?: string | undefined;
  /** Make an ad-hoc profile known in the profile home. */
  readonly register: boolean;
  readonly layout: 'full' | 'folded';
  readonly omit: readonly string[];
  readonly dryRun: boolean;
  readonly wait: number;
}

export interface NewProfileResult {
  readonly name: string;
  readonly path: string;
  readonly kind: Manifest['kind'];
  readonly generation: number | null;
  readonly link: string | null;
  /** False for an ad-hoc profile that collection will not find. */
  readonly registered: boolean;
  readonly dryRun: boolean;
}

/** Makes a profile: generation 0 is empty, then what `from` or `link` say. @throws `profile-exists`, `no-such-profile`, `usage` for a place where it would not last. */
export async function newProfile(context: Context, request: NewProfileRequest): Promise<NewProfileResult> {
  const name = parseProfileName(request.name);
  const home = profileHomeOf(context, request);
  const ref = request.path === undefined ? { home, name } : refOfPath(place(context, request.path));
  const kind = request.path === undefined ? 'user' : 'ad-hoc';
  if (kind === 'ad-hoc') refusePlace(context, ref, request);
  if (!request.dryRun) await finishLeft(context, ref);
  refuseExisting(request, home, ref);
  const source = request.from ?? request.link;
  const origin = source === undefined ? null : openProfile(context, { name: source, profiles: request.profiles });
  const link = request.link === undefined || origin === null ? null : linkText(ref, origin);
  // What is refused is refused before anything is made.
  if (origin !== null && link === null) await planOrigin(context, { ref, kind, request, origin }, null);
  let generation: number | null = link === null ? nextNumber(ref.home, ref.name, null) + (origin === null ? 0 : 1) : null;
  if (!request.dryRun) {
    await beforeChange(() => {
      ensureHome(ref.home, context.now());
      if (kind !== 'ad-hoc' || !request.register) return;
      ensureHome(home, context.now());
      writeAdHoc(home, { name, path: profileLink(ref.home, ref.name), createdAt: context.now().toISOString() });
    });
    generation = await createProfile(context, { ref, kind, layout: request.layout, omit: request.omit, wait: request.wait });
    if (origin !== null) generation = await showOrigin(context, { ref, kind, request, origin }, link);
  }
  return { name, path: profileLink(ref.home, ref.name), kind, generation, link, registered: kind === 'user' || request.register, dryRun: request.dryRun };
}

function refuseExisting(request: NewProfileRequest, home: string, ref: ProfileRef): void {
  const name = parseProfileName(request.name);
  const path = profileLink(ref.home, ref.name);
  if (readProfile(ref) !== null) throw new NoxError('profile-exists', { name, path });
  if (request.path === undefined || request.register) refuseTakenName(request, home, path);
  if (status(path) !== null) throw new NoxError('not-a-profile', { path, problem: 'something else has its name' });
}

/** A name stands for one profile; that of a registered one stays taken while the profile is gone, since it may come back. */
function refuseTakenName(request: NewProfileRequest, home: string, path: string): void {
  const name = parseProfileName(request.name);
  const own = readProfile({ home, name });
  if (own !== null) throw new NoxError('profile-exists', { name, path: own.path });
  const taken = readAdHoc(home, name)?.path ?? path;
  if (taken === path) return;
  if (readProfile(refOfPath(taken)) !== null) throw new NoxError('profile-exists', { name, path: taken });
  throw new NoxError('name-registered', { name, profile: taken, path, making: request.path === undefined ? 'user' : 'ad-hoc' });
}

/**
 * Makes the empty first generation of a profile that does not exist yet; returns its number, `null` for one that is there. @throws `profile-exists` when somebody was faster, unless
 * `orExisting` says that this will do as well.
 */
export async function createProfile(
  context: Context,
  made: { readonly ref: ProfileRef; readonly kind: Manifest['kind']; readonly layout: 'full' | 'folded'; readonly omit: readonly string[]; readonly wait: number; readonly orExisting?: true },
): Promise<number | null> {
  const { ref, kind, layout, omit, wait, orExisting } = made;
  const composition: Composition = { ...emptyComposition, layout, omit };
  const { plan } = await changeProfile(context, ref, {
    action: 'new', dryRun: false, create: true, wait,
    decide(state) {
      if (state !== null && orExisting) return { kind: 'nothing' };
      if (state !== null) throw new NoxError('profile-exists', { name: ref.name, path: state.path });
      return { kind: 'build', plan: () => planGeneration(context, { ref, kind, action: 'new', number: nextNumber(ref.home, ref.name, null), composition, from: null, resolveCommand: () => '' }) };
    },
  });
  return plan?.manifest.number ?? null;
}

interface OriginRequest {
  readonly ref: ProfileRef;
  readonly kind: Manifest['kind'];
  readonly request: NewProfileRequest;
  readonly origin: ProfileState;
}

/** The second step of `new`: the packages of the origin, or the link to it. Returns the generation then shown. */
async function showOrigin(context: Context, made: OriginRequest, link: string | null): Promise<number | null> {
  const { ref, request } = made;
  const { plan } = await changeProfile(context, ref, {
    action: 'new', dryRun: false, create: false, wait: request.wait,
    decide: (state) =>
      link !== null ? { kind: 'show', shown: { generation: null, link } } : { kind: 'build', plan: () => planOrigin(context, made, state) },
  });
  return plan?.manifest.number ?? null;
}

/** The generation that holds what the origin holds. */
function planOrigin(context: Context, { ref, kind, request, origin }: OriginRequest, state: ProfileState | null): Promise<GenerationPlan> {
  const { layout, omit } = request;
  const composition = compositionOf({ ...origin.manifest, layout, omit: [...new Set([...origin.manifest.omit, ...omit])] });
  const number = Math.max(1, nextNumber(ref.home, ref.name, state?.last ?? null));
  const resolveCommand = (): string => 'settle it in the profile that this one is made from, first';
  return planGeneration(context, { ref, kind, action: 'new', number, composition, from: state, resolveCommand });
}

/** Only the parts of a manifest that make a composition. */
export function compositionOf({ layout, withLibc, unfold, omit, prefer, hide, copy, packages }: Composition): Composition {
  return { layout, withLibc, unfold, omit, prefer, hide, copy, packages };
}

/** Links inside one profile home are relative, so that it may be mounted elsewhere. */
function linkText(ref: ProfileRef, origin: ProfileState): string {
  return origin.ref.home === ref.home ? path.basename(origin.path) : origin.path;
}
