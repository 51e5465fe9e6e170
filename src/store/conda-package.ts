/** A conda package as a package of a store: see conda's documentation of package specifications. */
import { isObject, parseJson, textOf } from './json-value.js';
import { parseConda } from './metadata-conda.js';
import type { PartialMetadata } from './metadata.js';

/** What the files of `info/` say. */
interface CondaDescription {
  /** `name-version-build`. */
  readonly distribution: string;
  readonly metadata: PartialMetadata;
  readonly notes: readonly string[];
}

/** Texts of the files that describe a conda package; `null` for what it does not have. */
interface CondaFiles {
  readonly index: string | null;
  readonly about: string | null;
  /** `paths.json` of newer packages, `has_prefix` of older ones. */
  readonly paths: string | null;
  readonly hasPrefix: string | null;
  readonly link: string | null;
}

/** Reads them; a text that says what is wrong. `has` tells whether the package has a path at its top. */
export function describeConda(files: CondaFiles, has: (path: string) => boolean): CondaDescription | string {
  const index = parseJson(files.index ?? '');
  const metadata = parseConda(index);
  if (typeof metadata === 'string') return `info/index.json: ${metadata}`;
  const build = isObject(index) ? textOf(index['build']) : null;
  const { name = null, version = null } = metadata;
  if (name === null || version === null || /[/\s]/.test(`${name}${version}${build ?? ''}`)) return 'info/index.json: it has no usable name and version';
  const prefixes = prefixesIn(files);
  const link = parseJson(files.link ?? '');
  const noarch = isObject(link) && isObject(link['noarch']) ? link['noarch'] : null;
  const entryPoints = noarch !== null && Array.isArray(noarch['entry_points']) ? noarch['entry_points'].filter((text) => textOf(text) !== null) : [];
  const about = parseJson(files.about ?? '');
  const [description, homepage] = isObject(about) ? [textOf(about['summary']), textOf(about['home'])] : [null, null];
  return {
    distribution: [name, version, ...(build === null ? [] : [build])].join('-'),
    metadata: {
      ...metadata,
      ...(description === null ? {} : { description: description.split('\n')[0] ?? '' }),
      ...(homepage === null ? {} : { homepage }),
      ...(prefixes[0] === undefined ? {} : { prefix: prefixes[0].prefix }),
      ...(has('site-packages') ? { env: { set: {}, prepend: { PYTHONPATH: ['${profile}/site-packages'] }, append: {} } } : {}),
    },
    notes: [
      ...prefixes.map(({ prefix, files: count }) => `${count} file${count === 1 ? ' holds' : 's hold'} the prefix "${prefix}", which nox does not replace`),
      ...(entryPoints.length === 0 ? [] : [`its commands (${entryPoints.map((text) => String(text).split('=')[0]?.trim()).join(', ')}) are made by conda at installation and are not there`]),
    ],
  };
}

/** Prefixes that the package was built for, with the number of files that hold each; the most frequent first. */
function prefixesIn({ paths, hasPrefix }: CondaFiles): Array<{ readonly prefix: string; readonly files: number }> {
  const counts = new Map<string, number>();
  const count = (prefix: string | null): void => {
    if (prefix !== null) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  };
  const document = parseJson(paths ?? '');
  if (isObject(document) && Array.isArray(document['paths'])) {
    for (const entry of document['paths']) if (isObject(entry)) count(textOf(entry['prefix_placeholder']));
  } else {
    // A line is `PREFIX MODE PATH`, or a path alone for the prefix of the first conda builds.
    for (const line of (hasPrefix ?? '').split('\n').filter((text) => text.trim() !== '')) count(/^"?(\/\S*?)"?\s+(?:text|binary)\s/.exec(line)?.[1] ?? '/opt/anaconda1anaconda2anaconda3');
  }
  return [...counts].map(([prefix, files]) => ({ prefix, files })).sort((a, b) => b.files - a.files);
}
