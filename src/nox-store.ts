import { main } from './cli/main.js';
import { commandLine } from './context.js';
import { version } from './version.js';

/** Settles when the command has ended: with whether the process may end at once. */
export const ended = main(
  {
    bin: 'nox-store',
    version,
    summary: 'Packages side by side in stores',
    commands: {
      list: { summary: 'stores and their packages', load: () => import('./commands/store/list.js') },
      show: { summary: 'what is known of a package', load: () => import('./commands/store/show.js') },
      search: { summary: 'packages that match a word', load: () => import('./commands/store/search.js') },
      owner: { summary: 'which package holds a file', load: () => import('./commands/store/owner.js') },
      survey: { summary: 'which profiles use which packages', load: () => import('./commands/store/survey.js') },
      gc: { summary: 'remove packages that nothing uses', load: () => import('./commands/store/gc.js') },
      'why-kept': { summary: 'everything that keeps a package', load: () => import('./commands/store/why-kept.js') },
      'what-if': { summary: 'who would lose what without a package', load: () => import('./commands/store/what-if.js') },
      doctor: { summary: 'what is wrong with the stores', load: () => import('./commands/store/doctor.js') },
      import: { summary: 'bring packages into a store', load: () => import('./commands/store/import.js') },
      export: { summary: 'write packages to an archive', load: () => import('./commands/store/export.js') },
      verify: { summary: 'compare packages with what was imported', load: () => import('./commands/store/verify.js') },
      init: { summary: 'make a store', load: () => import('./commands/store/init.js') },
    },
  },
  commandLine(),
);
