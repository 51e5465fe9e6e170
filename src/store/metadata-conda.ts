import { isObject, textOf, textsOf } from './json-value.js';
import { type PartialMetadata, requestProblem } from './metadata.js';

/**
 * Reads the document of a conda package's `info/index.json`.
 * @returns a text that says what is wrong, when it is not such a document.
 */
export function parseConda(document: unknown): PartialMetadata | string {
  if (!isObject(document)) return 'it is not an object';
  const name = textOf(document['name']);
  if (name === null) return 'it has no name';
  const version = textOf(document['version']);
  const license = textOf(document['license']);
  const platform = textOf(document['subdir']);
  const specs = textsOf(document['depends'] ?? []);
  if (specs === null) return 'its "depends" is not a list of texts';
  return {
    name,
    depends: specs.map(condaDependency).filter((dependency) => dependency !== null),
    ...(version === null ? {} : { version }),
    ...(license === null ? {} : { license }),
    ...(platform === null ? {} : { platform }),
  };
}

/**
 * The dependency text for a conda match specification (`numpy >=1.20,<2`, `python 3.11.* *_cp311`); `null` for virtual
 * packages (`__glibc`), which stand for the host. What our ranges cannot say (`!=`, build strings) is left out: then
 * the text allows more than conda would, never less.
 */
export function condaDependency(spec: string): string | null {
  const [first = '', ...rest] = spec.trim().split(/\s+/);
  const parts = /^(?:[^:]+::)?([A-Za-z0-9_.-]+)(.*)$/.exec(first);
  const name = (parts?.[1] ?? first).toLowerCase();
  if (name.startsWith('__')) return null;
  const version = parts?.[2] === '' ? (rest[0] ?? '') : (parts?.[2] ?? '');
  const range = condaRange(version);
  const text = `${name}@${range}`;
  return range === null || requestProblem({ depends: [text] }) !== null ? name : text;
}

/**
 * A conda version constraint as a semver-like range; `null` when any version will do or when it cannot be said. In
 * conda `,` (and) binds closer than `|` (or).
 */
export function condaRange(constraint: string): string | null {
  const alternatives = constraint.split('|').map((part) => part.split(',').map(comparator).filter((text) => text !== ''));
  if (alternatives.some((texts) => texts.length === 0 || texts.includes('*'))) return null;
  return alternatives.map((texts) => texts.join(' ')).join(' || ');
}

/** One comparison; the empty text for one that does not constrain or cannot be said, `*` when nothing is known of it. */
function comparator(text: string): string {
  const parts = /^(>=|<=|==|!=|~=|=|<|>|)([A-Za-z0-9][A-Za-z0-9._+!-]*?)?(\.?\*)?$/.exec(text.trim());
  if (parts === null || (parts[2] === undefined && parts[3] === undefined)) return '*';
  const [, operator = '', version, star] = parts;
  if (version === undefined || operator === '!=') return '';
  if (star !== undefined || operator === '=') return operator.startsWith('>') || operator.startsWith('<') ? operator + version : version;
  if (operator === '~=') return `>=${version} ${version.replace(/\.[^.]*$/, '')}`;
  // `<3.0a0` is conda's way to say "before any prerelease of 3.0", which ours says as `<3.0`.
  if (operator === '<') return `<${version.replace(/\.?a0$/, '')}`;
  return operator === '' || operator === '==' ? `>=${version} <=${version}` : operator + version;
}
