import { display } from '../../fs/bytes.js';
import type { ExportResult } from '../../ops/export-packages.js';
import { humanBytes } from './size.js';

export function exportLines({ dryRun, file, size, packages }: ExportResult): string[] {
  const what = packages.length === 1 ? display(packages[0]?.id ?? '') : `${packages.length} packages`;
  return [dryRun ? `would write ${what} to ${display(file)}` : `wrote ${what} to ${display(file)}: ${humanBytes(size ?? 0)}`];
}
