import type { Context } from '../context.js';
import { isNoxError, NoxError, orNull, quoted } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { readDirectory, readLinkIfAny, status } from '../fs/disk.js';
import { generation } from '../layout.js';
import { readEntry } from '../profile/io/journal.js';
import { nextNumber } from '../profile/io/publish.js';
import { existingGenerations } from '../profile/io/generations.js';
import { presenceOf } from '../profile/io/presence.js';
import { generationDamaged, kindOf, linkedTree, nameOf, type ProfileState, readFarm, readManifest, readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { scanUnmanaged, unmanagedPaths } from '../profile/io/unmanaged.js';
import { popEntry, type Stamp } from '../profile/journal.js';
import { changesBetween, choicesBetween } from '../profile/changes.js';
import { type Composition, emptyComposition, type Manifest } from '../profile/manifest.js';
import { changeProfile, type Intent } from './change-profile.js';
import { openProfile, type ProfileSelection } from './find-profile.js';
import { compositionOf } from './new-profile.js';
import { planGeneration } from './plan-generation.js';
import type { EditResult } from './recompose-profile.js';
import { refuseRelease } from './refuse-release.js';
import { manifestOf } from './show-history.js';

interface SwitchRequest {
  readonly selection: ProfileSelection;
  /** The generation to show; `null` to go back to the one below on the history. */
  readonly number: number | null;
  /** Build a new generation that has the unmanaged files of the current one, and those of the one to show. */
  readonly carry: boolean;
  readonly dryRun: boolean;
  readonly wait: number;
}

interface Target {
  readonly generation: number | null;
  readonly manifest: Manifest;
  readonly tree: string;
}

/** `switch N` and `rollback`: shows another generation. Builds nothing unless files are to be carried. What is left may be damaged, or the profile linked to be gone. */
export async function switchGeneration(context: Context, request: SwitchRequest): Promise<EditResult> {
  const opened = openProfile(context, request.selection);
  refuseRelease(opened);
  const action = request.number === null ? 'rollback' : 'switch';
  let result: EditResult | null = null;
  /** What kept the last try from telling all. */
  let damage: NoxError[] = [];
  let shown = null as Target | null;
  const outcome = await changeProfile(context, opened.ref, {
    action, dryRun: request.dryRun, wait: request.wait, create: false,
    decide(state, stamp) {
      const from = state as ProfileState;
      const { intent, target } = request.number === null ? decideRollback(from, stamp) : decideSwitch(from, request.number);
      shown = intent.kind === 'nothing' ? null : target;
      const carried = request.carry && intent.kind !== 'nothing';
      const number = carried ? nextNumber(from.ref.home, from.ref.name, from.last) : target.generation;
      damage = [];
      const unlessDamaged = <T>(whatever: () => readonly T[]): readonly T[] => {
        try {
          return whatever();
        } catch (error) {
          if (!isNoxError(error, 'generation-damaged') && !isNoxError(error, 'damaged')) throw error;
          damage.push(error);
          return [];
        }
      };
      result = {
        profile: nameOf(from.ref),
        generation: number,
        previous: from.generation,
        changes: unlessDamaged(() => changesBetween(shownBy(from).packages, target.manifest.packages)),
        choices: unlessDamaged(() => choicesBetween(shownBy(from), target.manifest)),
        outOfView: intent.kind === 'nothing' || carried ? [] : unlessDamaged(() => leavingView(from, target.tree)),
        dryRun: request.dryRun,
      };
      return carried ? carrying(context, { from, target, action, number: number as number }) : intent;
    },
  });
  const [first] = damage;
  if (first !== undefined) context.say(`${first.message}; so what changes, and which files go out of view, is not known in full`);
  tellGone(context, shown);
  const switched = result as unknown as EditResult;
  return outcome.plan === null ? switched : { ...switched, outOfView: outcome.plan.farm.outOfView };
}

/** Says which packages of the generation shown are not in their stores: one that is gone back to may find them collected. */
function tellGone(context: Context, shown: Target | null): void {
  const gone = (shown?.manifest.packages ?? []).filter((pkg) => presenceOf(pkg) === 'gone').map(({ id }) => quoted(id));
  if (gone.length > 0) context.say(`gone from ${gone.length === 1 ? 'its store is a package' : 'their stores are packages'} of this generation, so links to ${gone.length === 1 ? 'it' : 'them'} lead nowhere: ${gone.join(', ')}`);
}

/** What a profile shows: nothing where it links to one that is gone. */
function shownBy(from: ProfileState): Composition {
  try {
    return from.manifest;
  } catch (error) {
    if (isNoxError(error, 'link-gone')) return emptyComposition;
    throw error;
  }
}

function decideSwitch(from: ProfileState, number: number): { intent: Intent; target: Target } {
  const target = wholeTarget(from, number);
  if (from.generation === number) return { intent: { kind: 'nothing' }, target };
  return { intent: { kind: 'show', shown: { generation: number, link: null } }, target };
}

function decideRollback(from: ProfileState, stamp: Stamp): { intent: Intent; target: Target } {
  const { home, name } = from.ref;
  const existing = existingGenerations(from.ref);
  const refuse = (pruned: number | null): NoxError => new NoxError('no-earlier-generation', { profile: selectorOf(from.ref), current: from.generation, pruned, existing });
  if (from.last.below === null) throw refuse(null);
  const below = readEntry(home, name, from.last.below);
  const intent: Intent = { kind: 'entry', entry: popEntry(from.last, below, stamp) };
  if (below.generation === null) {
    const tree = linkedTree(from.ref, below.link ?? '', from.generation);
    return { intent, target: { generation: null, manifest: readManifest(tree), tree } };
  }
  if (!existing.includes(below.generation)) throw refuse(below.generation);
  return { intent, target: wholeTarget(from, below.generation) };
}

/** @throws `generation-damaged` rather than that one is shown of which the next command finds that it is. */
function wholeTarget(from: ProfileState, number: number): Target {
  const tree = generation(from.ref.home, from.ref.name, number);
  try {
    const manifest = manifestOf(from, number);
    if (from.generation !== number) readFarm(tree);
    return { generation: number, manifest, tree };
  } catch (error) {
    throw isNoxError(error, 'damaged') ? generationDamaged(from.ref, number, error) : error;
  }
}

function carrying(context: Context, { from, target, action, number }: { from: ProfileState; target: Target; action: string; number: number }): Intent {
  const { ref } = from;
  const composition = compositionOf(target.manifest);
  const resolveCommand = (): string => `move the files away, or leave --carry out`;
  return { kind: 'build', plan: () => planGeneration(context, { ref, kind: kindOf(from), action, number, composition, from, besides: target.generation === null ? null : target.tree, resolveCommand }) };
}

/** Unmanaged files of the generation shown that are not the same in the target. */
function leavingView(from: ProfileState, tree: string): string[] {
  if (from.generation === null) return [];
  const farm = readShownFarm(from);
  const paths = unmanagedPaths(scanUnmanaged(from.tree, farm), farm);
  return paths.filter((path) => !isStillShown(`${from.tree}/${path.replace(/\/$/, '')}`, `${tree}/${path.replace(/\/$/, '')}`)).sort(byName);
}

/** True when `b` is the very file `a`, or a link of its text, or a directory that shows all that `a` does: one that is closed to the user shows nothing. */
function isStillShown(a: string, b: string): boolean {
  const [one, other] = [status(a), orNull(() => status(b))];
  if (one === null || other === null || one.type !== other.type) return false;
  if (one.type === 'symlink') return readLinkIfAny(a) === readLinkIfAny(b);
  if (one.type === 'directory') return readDirectory(a).every(({ name }) => isStillShown(`${a}/${name}`, `${b}/${name}`));
  return one.ino === other.ino && one.dev === other.dev;
}
