/** The forms of a pack. */
export const PACK_FORMATS = ['tar', 'tar.gz', 'tar.zst', 'squashfs'] as const;

export type PackFormat = (typeof PACK_FORMATS)[number];

const SUFFIXES: ReadonlyArray<readonly [suffix: RegExp, format: PackFormat]> = [
  [/\.tar$/, 'tar'],
  [/\.(?:tar\.gz|tgz)$/, 'tar.gz'],
  [/\.(?:tar\.zst|tzst)$/, 'tar.zst'],
  [/\.(?:squashfs|sqfs|sqsh|img)$/, 'squashfs'],
];

/** The form that a file's name asks for, or `null`. */
export function formatOfName(path: string): PackFormat | null {
  return SUFFIXES.find(([suffix]) => suffix.test(path))?.[1] ?? null;
}
