import { main } from './cli/main.js';
import { version } from './version.js';

await main(
  {
    bin: 'nox-store',
    version,
    summary: 'Packages side by side in stores',
    commands: { list: { summary: 'x', load: () => import('./commands/store/list.js') },
    },
  },
  process.argv.slice(2),
);
