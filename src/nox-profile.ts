import { main } from './cli/main.js';
import { commandLine } from './context.js';
import { version } from './version.js';

/** Settles when the command has ended: with whether the process may end at once. */
export const ended = main(
  {
    bin: 'nox-profile',
    version,
    summary: 'Profiles: packages composed into one tree, with generations',
    commands: {
      new: { summary: 'make a profile', load: () => import('./commands/profile/new.js') },
      list: { summary: 'profiles, or the packages of one', load: () => import('./commands/profile/list.js') },
      add: { summary: 'add packages', load: () => import('./commands/profile/add.js') },
      del: { summary: 'remove packages', load: () => import('./commands/profile/del.js') },
      upgrade: { summary: 'bring packages up to the newest that fit', load: () => import('./commands/profile/upgrade.js') },
      refresh: { summary: 'take packages as they are now', load: () => import('./commands/profile/refresh.js') },
      outdated: { summary: 'packages for which there are newer ones', load: () => import('./commands/profile/outdated.js') },
      apply: { summary: 'make a profile what a file says', load: () => import('./commands/profile/apply.js') },
      export: { summary: 'write a profile down as a file', load: () => import('./commands/profile/export.js') },
      status: { summary: 'what a profile consists of', load: () => import('./commands/profile/status.js') },
      history: { summary: 'the generations of a profile', load: () => import('./commands/profile/history.js') },
      diff: { summary: 'what changed between two generations', load: () => import('./commands/profile/diff.js') },
      switch: { summary: 'show another generation', load: () => import('./commands/profile/switch.js') },
      rollback: { summary: 'go back to what the profile showed before', load: () => import('./commands/profile/rollback.js') },
      why: { summary: 'who asked for a package', load: () => import('./commands/profile/why.js') },
      owner: { summary: 'which package brings a file or command', load: () => import('./commands/profile/owner.js') },
      pin: { summary: 'keep packages as they are', load: () => import('./commands/profile/pin.js') },
      unpin: { summary: 'let packages be upgraded again', load: () => import('./commands/profile/unpin.js') },
      unfold: { summary: 'make a folded directory real', load: () => import('./commands/profile/unfold.js') },
      env: { summary: 'the environment of a profile, for eval', load: () => import('./commands/profile/env.js') },
      run: { summary: 'run a command in the environment of a profile', load: () => import('./commands/profile/run.js') },
      prune: { summary: 'remove old generations', load: () => import('./commands/profile/prune.js') },
      doctor: { summary: 'look for damage and leftovers, and repair what is safe to', load: () => import('./commands/profile/doctor.js') },
      register: { summary: 'make an ad-hoc profile known to collection', load: () => import('./commands/profile/register.js') },
      publish: { summary: 'make a read-only release of a profile', load: () => import('./commands/profile/publish.js') },
      pack: { summary: 'pack a profile into one file that runs anywhere', load: () => import('./commands/profile/pack.js') },
      remove: { summary: 'remove a profile', load: () => import('./commands/profile/remove.js') },
    },
  },
  commandLine(),
);
