import { basename, dirname } from 'node:path';
import { statusFollowed } from '../../fs/disk.js';
import { generationState } from '../../layout.js';
import { jobOf } from '../job.js';
import { isSameProfile } from './same-profile.js';
import { activeLayers, type Environment } from '../state.js';
import { makePinRecord, readPinRecord, replacePinRecord } from './pin-record.js';

/**
 * `auto`: as the environment says. `pin`: to what the job or an earlier pin holds, else to the present generation. `repin`: to the
 * present one, for the whole job from now on.
 */
export type PinMode = 'auto' | 'pin' | 'repin' | 'no-pin';

interface GenerationChoice {
  readonly home: string;
  readonly name: string;
  /** Absolute path of the profile's link. */
  readonly path: string;
  /** Absolute path of the tree of its current generation. */
  readonly tree: string;
  readonly environment: Environment;
  readonly pin: PinMode;
  readonly now: Date;
}

/** Where the entries of a layer point. */
export interface Target {
  /** The generation pinned to, `null` when entries point at the profile's own path. */
  readonly generation: number | null;
  readonly job: string | null;
  /** What `${profile}` stands for. */
  readonly root: string;
  /** The tree whose environment it is. */
  readonly tree: string;
}

/**
 * Decides which generation of a profile the environment is to show. In a job: the one it already has, else the one of
 * the job's record, else the current one, and a record says so from then on. Outside: what it was pinned to by hand.
 */
export function chooseGeneration(choice: GenerationChoice): Target {
  const { home, name, path, tree, environment, pin, now } = choice;
  const unpinned: Target = { generation: null, job: null, root: path, tree };
  if (pin === 'no-pin') return unpinned;
  const pinned = (generation: number, key: string | null): Target => {
    const root = `${dirname(tree)}/${generation}`;
    return { generation, job: key, root, tree: root };
  };
  const exists = (generation: number): boolean => statusFollowed(generationState(`${dirname(tree)}/${generation}`))?.type === 'directory';
  const current = Number(basename(tree));
  const top = activeLayers(environment).at(-1);
  const held = top !== undefined && top.generation !== null && isSameProfile(top.profile, path) && exists(top.generation) ? top.generation : null;
  const job = jobOf(environment);
  if (pin === 'repin') {
    if (job !== null) replacePinRecord({ home, name, job, now }, tree);
    return pinned(current, job?.key ?? null);
  }
  if (job === null) {
    if (held !== null && top?.job === null) return pinned(held, null);
    return pin === 'pin' ? pinned(current, null) : unpinned;
  }
  if (held !== null && top?.job === job.key) return pinned(held, job.key);
  const record = { home, name, job, now };
  const told = readPinRecord(record);
  if (told !== null && exists(told)) return pinned(told, job.key);
  const wanted = held !== null && top?.job === null ? held : current;
  const made = told === null ? makePinRecord(record, `${dirname(tree)}/${wanted}`) : wanted;
  return pinned(exists(made) ? made : wanted, job.key);
}
