import { display } from '../../fs/bytes.js';
import type { ImportResult } from '../../ops/import-packages.js';
import { word } from '../../wordings/words.js';
import { count, humanBytes } from './size.js';

/** Packages of one import whose notes are shown in full. */
const FEW = 3;
/** Missing dependencies shown. */
const SHOWN = 10;

/** A line or several a package; `hint` makes a hint one that works when pasted. */
export function importLines({ dryRun, store, packages, missing }: ImportResult, hint: (text: string) => string): string[] {
  const lines = packages.flatMap(({ id, status, changed, files, bytes, notes }) => {
    const line = status === 'present' ? `${display(id)} is already present in ${display(store)}` : `${dryRun ? 'would import' : 'imported'} ${display(id)} into ${display(store)}: ${count(files, 'file')}, ${humanBytes(bytes)}`;
    if (status === 'present') return changed ? [`${line}, but not as it was imported: ${hint(`nox-store verify ${word(id)}`)}`] : [line];
    if (packages.length > FEW) return [notes.length === 0 ? line : `${line} (${count(notes.length, 'note')})`];
    return [line, ...notes.map((note) => `  ${display(note)}`)];
  });
  const shown = missing.slice(0, SHOWN).map(({ dependency, neededBy }) => `  ${display(dependency)}, for ${neededBy.slice(0, FEW).map(display).join(', ')}${neededBy.length > FEW ? ` and ${neededBy.length - FEW} more` : ''}`);
  if (missing.length === 0) return lines;
  return [...lines, `in no store, but needed${dryRun ? '' : ' before these can be added'}:`, ...shown, ...(missing.length > SHOWN ? [`  and ${missing.length - SHOWN} more`] : [])];
}
