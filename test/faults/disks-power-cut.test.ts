import { expect, test } from 'vitest';
import { sandbox } from '../support/sandbox.js';
import { cannotMount, type Kind } from './support/file-system.js';
import { inNamespace } from './support/namespace.js';
import { buildPlanted, type Patches } from './support/planted.js';
import type { CutFigures, CutRun } from './support/power-cuts.js';

const tell = (words: string, { violations, ...figures }: CutFigures): void => void process.stderr.write(`figures: ${words}: ${JSON.stringify({ ...figures, violations: violations.length })}\n`);

function cutPower(run: Omit<CutRun, 'top'>): Promise<CutFigures> {
  const top = sandbox().root;
  return inNamespace('power-cut-worker', { ...run, top }, { into: top });
}

const KINDS = ['ext4', 'xfs'] as const satisfies readonly Kind[];
const CUTS = 12;
/** Cuts after which a planted bug must have shown itself; it ends with the first. */
const ENOUGH = 40;
const WITHOUT: Readonly<Record<string, Patches>> = {
  'forced files': { 'fs/change.ts': [['      if (sync) fs.fsyncSync(fd);\n', ''], ['    try {\n      fs.fsyncSync(fd);\n    } finally', '    try {\n      fs.fstatSync(fd);\n    } finally']], 'fs/sync-file-system.ts': [['return error === undefined && status === 0;', 'return false;']] },
  'forced directories': { 'fs/change.ts': [['    try {\n      fs.fsyncSync(fd);\n      return true;', '    try {\n      fs.fstatSync(fd);\n      return true;']] },
};

for (const kind of KINDS) {
  const refusal = cannotMount(kind, { cut: true });
  const because = refusal === null ? '' : ` (skipped: ${refusal})`;
  test.skipIf(refusal !== null)(`${CUTS} power cuts on ${kind}: what was acknowledged is there and whole, and the next command works${because}`, async () => {
    const figures = await cutPower({ kind, cuts: CUTS, seed: 7 });
    tell(`power cuts on ${kind}`, figures);
    expect(figures.violations).toEqual([]);
    expect(figures.cuts).toBe(CUTS);
    expect(figures.inFlight).toBeGreaterThan(0);
  });

  // The log of xfs takes directories along with any file that is forced, so a nox without forced directories may go unnoticed there.
  const caught = Object.keys(WITHOUT).filter((what) => kind !== 'xfs' || what !== 'forced directories');
  test.skipIf(refusal !== null).each(caught)(`power cuts on ${kind} catch a nox without %s${because}`, async (what) => {
    const root = await buildPlanted(sandbox().root, WITHOUT[what] as Patches);
    const figures = await cutPower({ kind, cuts: ENOUGH, seed: 7, root });
    tell(`power cuts on ${kind}, without ${what}`, figures);
    expect(figures.violations).not.toEqual([]);
  });
}
