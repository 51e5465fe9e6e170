import { main } from './cli/main.js';
import { version } from './version.js';

await main(
  {
    bin: 'nox-profile',
    version,
    summary: 'Profiles: packages composed into one tree, with generations',
    commands: {
    },
  },
  process.argv.slice(2),
);
