import { main } from './cli/main.js';
import { commandLine } from './context.js';
import { version } from './version.js';

await main(
  {
    bin: 'nox-store',
    version,
    summary: 'Packages side by side in stores',
    commands: {
      list: { summary: 'stores and their packages', load: () => import('./commands/store/list.js') },
      show: { summary: 'what is known of a package', load: () => import('./commands/store/show.js') },
      search: { summary: 'packages that match a word', load: () => import('./commands/store/search.js') },
      owner: { summary: 'which package holds a file', load: () => import('./commands/store/owner.js') },
      init: { summary: 'make a store', load: () => import('./commands/store/init.js') },
    },
  },
  commandLine(),
);
