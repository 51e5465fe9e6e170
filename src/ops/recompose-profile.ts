import { isDeepStrictEqual } from 'node:util';
import { profileHomeOf } from '../config.js';
import type { Context } from '../context.js';
import { beforeChange, quoted } from '../errors.js';
import { byName, display } from '../fs/bytes.js';
import { changesBetween, type ChoiceChange, choicesBetween } from '../profile/changes.js';
import type { Collision } from '../profile/farm/farm.js';
import { ensureHome } from '../profile/io/home.js';
import { type GenerationPlan, nextNumber } from '../profile/io/publish.js';
import { kindOf, nameOf, type ProfileRef, type ProfileState } from '../profile/io/read-profile.js';
import { type Change, type Composition, packagePath } from '../profile/manifest.js';
import { shellWord } from '../shell-word.js';
import { misspeltText } from '../store/metadata.js';
import type { Package, StorePath } from '../store/package.js';
import { type ChangeOutcome, changeProfile } from './change-profile.js';
import { compositionOf, createProfile } from './new-profile.js';
import { planGeneration } from './plan-generation.js';

/** A change of what a profile consists of. */
interface Recomposition {
  readonly action: string;
  readonly ref: ProfileRef;
  /** `null` when there is no such profile yet. */
  readonly state: ProfileState | null;
  readonly stores: StorePath;
  /** What a profile that does not exist yet starts from. */
  readonly initial: Composition;
  /** Whether a profile that does not exist is made when nothing would change in it. */
  readonly make: 'always' | 'when-changed';
  /** Build a generation of the same composition, too, since what its packages hold is another. */
  readonly anew?: boolean;
  readonly dryRun: boolean;
  /** Seconds to wait for others. */
  readonly wait: number;
  /** The composition to come; called again when somebody else changed the profile meanwhile. */
  compose(current: Composition): Composition;
  /** Names of packages that win against the user's own files, too. */
  preferredIn(composition: Composition): readonly string[];
  /** What would settle these collisions, for the hint. */
  resolveCommand(collisions: readonly Collision[]): string;
}

export interface EditResult {
  readonly profile: string;
  readonly generation: number | null;
  readonly previous: number | null;
  readonly changes: readonly Change[];
  readonly choices: readonly ChoiceChange[];
  /** Files that nox did not install and that the profile no longer shows. */
  readonly outOfView: readonly string[];
  readonly dryRun: boolean;
}

/** Gives a profile another composition, in one transaction; the same composition makes no generation. */
export async function recomposeProfile(context: Context, request: Recomposition): Promise<EditResult> {
  const { ref, state } = request;
  let result: EditResult | null = null;
  const change = (dryRun: boolean): Promise<ChangeOutcome> => changeProfile(context, state?.ref ?? ref, {
    action: request.action, dryRun, wait: request.wait, create: state === null,
    decide(from) {
      const current = from === null ? request.initial : compositionOf(from.manifest);
      const composition = request.compose(current);
      const same = request.anew !== true && isSameComposition(current, composition);
      const previous = from === null ? 0 : from.generation;
      const number = same ? previous : Math.max(1, nextNumber(ref.home, ref.name, from?.last ?? null));
      const changes = changesBetween(current.packages, composition.packages);
      result = { profile: nameOf(ref), generation: number, previous, changes, choices: choicesBetween(current, composition), outOfView: [], dryRun: request.dryRun };
      if (same) return { kind: 'nothing' };
      return { kind: 'build', plan: () => planComposition(context, request, { from, composition, number: number as number }) };
    },
  });
  if (state === null && !request.dryRun) {
    // A command that is refused makes no profile.
    if ((await change(true)).intent.kind === 'nothing' && request.make === 'when-changed') return result as unknown as EditResult;
    await createEmpty(context, request);
  }
  const outcome = await change(request.dryRun);
  if (outcome.plan !== null) {
    tellWhatIsLeftOut(context, outcome.plan);
    const fresh = freshPackages(outcome.plan, request.stores);
    tellForeignPrefixes(context, fresh);
    tellMisspelt(context, fresh);
    tellIdlePatterns(context, outcome);
    tellLost(context, outcome.plan);
    tellNewVariables(context, outcome, request);
  }
  return { ...(result as unknown as EditResult), outOfView: outcome.plan?.farm.outOfView ?? [] };
}

/** Compared as they are written down: what metadata and manifests read is alike then. */
function isSameComposition(a: Composition, b: Composition): boolean {
  if (a.packages.length !== b.packages.length) return false;
  const written = (composition: Composition): unknown => JSON.parse(JSON.stringify(composition));
  return isDeepStrictEqual(written(a), written(b));
}

async function createEmpty(context: Context, { ref, initial, wait }: Recomposition): Promise<void> {
  const { layout, omit } = initial;
  await beforeChange(async () => {
    ensureHome(ref.home, context.now());
    await createProfile(context, { ref, kind: 'user', layout, omit, wait, orExisting: true });
  });
}

interface Composed {
  readonly from: ProfileState | null;
  readonly composition: Composition;
  readonly number: number;
}

function planComposition(context: Context, request: Recomposition, { from, composition, number }: Composed): Promise<GenerationPlan> {
  const { ref, action } = request;
  const kind = from === null ? 'user' : kindOf(from);
  const resolveCommand = (collisions: readonly Collision[]): string => request.resolveCommand(collisions);
  return planGeneration(context, { ref, kind, action, number, composition, from, preferred: request.preferredIn(composition), resolveCommand });
}

/** Said when packages that bring the C library come in, not again afterwards. */
function tellWhatIsLeftOut(context: Context, { farm, manifest }: GenerationPlan): void {
  const fresh = new Set(manifest.changes.filter((change) => change.change !== 'removed').map((change) => change.id));
  const left = farm.withoutLibc.filter(({ id }) => fresh.has(id));
  const [first] = left;
  if (first === undefined) return;
  const which = `${display(first.path)} of ${quoted(first.id)}`;
  context.say(`left out ${left.length === 1 ? `a file of the C library (${which})` : `${left.length} files of the C library (${which}, …)`}: on LD_LIBRARY_PATH ${left.length === 1 ? 'it' : 'they'} would crash the host's programs; --with-libc links them`);
}

/** The packages that the change brought in, as the stores have them. */
function freshPackages({ manifest }: GenerationPlan, stores: StorePath): Package[] {
  const fresh = new Set(manifest.changes.map((change) => change.id));
  const paths = new Set(manifest.packages.filter((pkg) => fresh.has(pkg.id)).map(packagePath));
  return stores.flatMap((store) => store.packages).filter(({ path }) => paths.has(path));
}

/** A package that was built for another place may not run from this one; nox does not relocate. */
function tellForeignPrefixes(context: Context, packages: readonly Package[]): void {
  for (const { id, path, metadata: { prefix } } of packages) {
    if (prefix !== null && prefix !== path) context.say(`${quoted(id)} was built for ${quoted(prefix)} and may not run from ${quoted(path)}`);
  }
}

function tellMisspelt(context: Context, packages: readonly Package[]): void {
  for (const { id, misspelt } of packages) for (const key of misspelt) context.say(`${quoted(id)}: ${display(misspeltText(key))}`);
}

/** Said of a pattern that is new: most likely it is mistyped. */
function tellIdlePatterns(context: Context, { before, plan }: ChangeOutcome): void {
  if (plan === null) return;
  const fresh = (kind: 'hide' | 'copy'): readonly string[] => plan.idle[kind].filter((pattern) => before?.manifest[kind].includes(pattern) !== true);
  for (const pattern of fresh('hide')) context.say(`${quoted(pattern)} hides nothing: no package of the profile brings such a path`);
  for (const pattern of fresh('copy')) context.say(`${quoted(pattern)} copies nothing: no package of the profile brings such a file`);
}

/** Paths of a package that are named. */
const SHOWN = 5;

/** Paths as a sentence names them: the first, and how many more. */
export function namedPaths(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return `${[...paths].sort(byName).slice(0, SHOWN).map(quoted).join(', ')}${more}`;
}

/** A profile is not smaller without a word: said of packages that have lost files since they were linked. */
function tellLost(context: Context, { lost }: GenerationPlan): void {
  for (const root of new Set(lost.map((link) => link.root))) {
    context.say(`${quoted(root)} has changed, and what the profile showed of it is not there any longer: ${namedPaths(lost.filter((link) => link.root === root).map(({ path }) => path))}`);
  }
}

/** A shell in which the profile is active has the variables of the generation that it was activated with. */
function tellNewVariables(context: Context, { before, plan }: ChangeOutcome, { ref }: Recomposition): void {
  const path = before?.path ?? '';
  if (plan === null || context.environment['NOX_PROFILE'] !== path) return;
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(before?.manifest.env)), JSON.parse(JSON.stringify(plan.manifest.env)))) {
    const called = ref.home === profileHomeOf(context, {}) ? ref.name : path;
    context.say(`this shell does not have the new variables of ${quoted(plan.manifest.profile)} yet: eval $(nox-profile env ${display(shellWord(called))})`);
  }
}
