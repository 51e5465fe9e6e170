/** One command of a scenario, and the exit statuses that are in order. */
export interface Step {
  readonly bin: 'nox-profile' | 'nox-store';
  readonly argv: readonly string[];
  readonly statuses?: readonly number[];
}

/** A command to be disturbed: `{root}` in its words stands for the sandbox. */
export interface Scenario {
  readonly name: string;
  /** Commands that make the old state, undisturbed. */
  readonly prepare: readonly Step[];
  /** Files of the user's in the state before: path below the root to content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Paths below the root that are not there any longer in the state before. */
  readonly lost?: readonly string[];
  /** Text of the store's `nox-store.yaml`. */
  readonly store?: string;
  readonly disturbed: Step;
  /** What must work afterwards without any repair, and leave nothing behind. */
  readonly next: readonly Step[];
  /** States on the way that are complete, too, each made from the beginning by these commands. */
  readonly between?: ReadonlyArray<readonly Step[]>;
  /** Whether messages say that nothing was changed, or that the change is made. */
  readonly tells?: boolean;
}

const profile = (...argv: string[]): Step => ({ bin: 'nox-profile', argv });
const store = (...argv: string[]): Step => ({ bin: 'nox-store', argv });
const either = (step: Step, ...statuses: number[]): Step => ({ ...step, statuses });

const generations = 'home/nix/profiles/.nox/profiles/default/generations';

export const SCENARIOS: readonly Scenario[] = [
  // Done already, it is refused with 4.
  { name: 'new', prepare: [], disturbed: profile('new', 'dev'), next: [either(profile('new', 'dev'), 0, 4), profile('-p', 'dev', 'add', 'alpha')] },
  { name: 'add: the first', prepare: [], disturbed: profile('add', 'alpha'), next: [profile('add', 'alpha')], between: [[profile('new', 'default')]] },
  { name: 'add: the second', prepare: [profile('add', 'alpha')], disturbed: profile('add', 'beta'), next: [profile('add', 'beta')] },
  { name: 'add: a collision resolved', prepare: [profile('add', 'alpha')], disturbed: profile('add', 'gamma', '--prefer', 'gamma'), next: [profile('add', 'gamma', '--prefer', 'gamma')] },
  {
    name: 'add: with unmanaged files', prepare: [profile('add', 'alpha')], files: { [`${generations}/1/bin/mine`]: 'my own\n', [`${generations}/1/notes/today`]: 'mine, too\n' },
    disturbed: profile('add', 'beta'), next: [profile('add', 'beta')],
  },
  { name: 'del', prepare: [profile('add', 'alpha', 'beta')], disturbed: profile('del', 'beta'), next: [profile('add', 'gamma', '--prefer', 'gamma')] },
  { name: 'switch', prepare: [profile('add', 'alpha'), profile('add', 'beta')], disturbed: profile('switch', '1'), next: [profile('switch', '1')] },
  { name: 'rollback', prepare: [profile('add', 'alpha'), profile('add', 'beta')], disturbed: profile('rollback'), next: [profile('add', 'gamma', '--prefer', 'gamma')] },
  {
    name: 'prune', prepare: [profile('add', 'alpha'), profile('add', 'beta'), profile('del', 'alpha')], disturbed: profile('prune', '--older-than', '0'),
    next: [profile('prune', '--older-than', '0')], tells: false,
  },
  {
    name: 'publish', prepare: [profile('add', 'alpha')], disturbed: profile('publish', 'default', '--as', 'r1', '--releases', '{root}/releases'),
    next: [either(profile('publish', 'default', '--as', 'r1', '--releases', '{root}/releases'), 0, 4), profile('publish', 'default', '--as', 'r2', '--releases', '{root}/releases')],
  },
  { name: 'remove', prepare: [profile('add', 'alpha'), profile('new', 'other')], disturbed: profile('remove', 'other'), next: [either(profile('remove', 'other'), 0, 3), profile('add', 'beta')], tells: false },
  {
    name: 'doctor: a lost journal', prepare: [profile('add', 'alpha'), profile('add', 'beta'), profile('rollback')], lost: ['home/nix/profiles/.nox/profiles/default/journal'],
    disturbed: profile('doctor', 'default', '--repair'), next: [profile('doctor', 'default', '--repair'), profile('add', 'gamma', '--prefer', 'gamma')], tells: false,
  },
  {
    name: 'doctor: the last entries of a journal lost', prepare: [profile('add', 'alpha'), profile('add', 'beta')], lost: ['home/nix/profiles/.nox/profiles/default/journal/1', 'home/nix/profiles/.nox/profiles/default/journal/2'],
    disturbed: profile('doctor', 'default', '--repair'), next: [profile('doctor', 'default', '--repair'), profile('add', 'gamma', '--prefer', 'gamma')], tells: false,
  },
  {
    name: 'gc', prepare: [profile('add', 'alpha'), profile('add', 'gamma', '--prefer', 'gamma')], store: 'scope: private\n', disturbed: store('gc'), next: [store('gc')], tells: false,
  },
  {
    name: 'gc --restore', prepare: [profile('add', 'alpha'), store('gc')], store: 'scope: private\nretention: 86400\n', disturbed: store('gc', '--restore', 'beta-1', '--restore', 'gamma-1'),
    next: [either(store('gc', '--restore', 'beta-1'), 0, 3), either(store('gc', '--restore', 'gamma-1'), 0, 3)], tells: false,
    between: [[profile('add', 'alpha'), store('gc'), store('gc', '--restore', 'beta-1')]],
  },
  {
    name: 'import', prepare: [profile('add', 'alpha')], files: { 'incoming/delta-1/bin/delta': '#!/bin/sh\n', 'incoming/delta-1/share/delta/notes': 'notes\n' },
    disturbed: store('import', '{root}/incoming/delta-1'), next: [store('import', '{root}/incoming/delta-1')], tells: false,
  },
];
