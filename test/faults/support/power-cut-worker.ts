import { type CutRun, cutPower } from './power-cuts.js';

process.stdout.write(JSON.stringify(await cutPower(JSON.parse(process.argv[2] ?? '') as CutRun)));
