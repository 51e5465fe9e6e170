import { display } from '../../fs/bytes.js';

/** One row per entry, columns aligned, no borders; every cell safe for a terminal. Empty cells show as `-`. */
export function table(rows: readonly (readonly (string | number | null)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => (cell === null || cell === '' ? '-' : display(String(cell)))));
  const widths: number[] = [];
  for (const row of cells) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return cells.map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  '));
}
