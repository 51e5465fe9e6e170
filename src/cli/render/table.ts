import { display } from '../../fs/bytes.js';

/** One row per entry, columns aligned, no borders; every cell safe for a terminal. Empty cells show as `-`. */
export function table(rows: readonly (readonly (string | number | null)[])[]): string[] {
  const widths: number[] = [];
  const cells = rows.map((row) => row.map((cell, at) => {
    const text = cell === null || cell === '' ? '-' : display(String(cell));
    if (text.length > (widths[at] ?? 0)) widths[at] = text.length;
    return text;
  }));
  return cells.map((row) => {
    let line = '';
    for (let at = 0; at < row.length - 1; at += 1) line += `${(row[at] as string).padEnd(widths[at] as number)}  `;
    return line + (row.at(-1) ?? '');
  });
}
