/**
 * A profile written down to the byte: which packages it consisted of, and what was in them. nox alone writes it, so it carries
 * a checksum; that is over what the lock says and not over its bytes, so that line ends changed under way do no harm.
 */
import { createHash } from 'node:crypto';
import { type FieldType, flag, isMap, readFields, text, textList, type YamlMap, type YamlValue } from '../store/fields.js';
import { identifierProblem } from '../store/identifier.js';
import { yamlRow, yamlScalar } from '../store/yaml-text.js';
import { CHOICE_FIELDS, choiceLines, type Choices, choicesOf, type FieldProblem, type WrittenChoices } from './profile-file.js';

/** A package as it was when it was locked. */
export interface LockedPackage {
  readonly name: string;
  readonly id: string;
  /** Absolute path of the store that held it. */
  readonly store: string;
  readonly version: string | null;
  /** `sha256:` and the digest of its contents. */
  readonly digest: string;
  readonly requested: string | null;
  readonly pinned: boolean;
  /** Names of the packages that satisfied its dependencies. */
  readonly dependsOn: readonly string[];
}

/** What a lock says. */
export interface ProfileLock extends Choices {
  readonly name: string;
  /** Sorted by name. */
  readonly packages: readonly LockedPackage[];
}

export const PROFILE_LOCK_VERSION = 1;

const checked = (words: string, isOne: (value: string) => boolean): FieldType<string> => ({
  words,
  read: (value) => (text.read(value) !== undefined && isOne(value as string) ? (value as string) : undefined),
});

const PACKAGE_FIELDS: { readonly [K in keyof LockedPackage]: FieldType<NonNullable<LockedPackage[K]>> } = {
  name: text,
  id: checked('an identifier', (id) => identifierProblem(id) === null),
  store: checked('the absolute path of a store', (path) => path.startsWith('/') && !path.includes(':')),
  version: text,
  digest: checked('"sha256:" and 64 hexadecimal digits', (digest) => /^sha256:[0-9a-f]{64}$/.test(digest)),
  requested: text,
  pinned: flag,
  dependsOn: textList,
};

interface Fields extends WrittenChoices {
  readonly 'nox-profile-lock': string;
  readonly sha256: string;
  readonly name: string;
  readonly packages: readonly YamlValue[];
}

const anyList: FieldType<readonly YamlValue[]> = { words: 'a list of packages', read: (value) => (Array.isArray(value) ? (value as readonly YamlValue[]) : undefined) };
const FIELDS = { 'nox-profile-lock': text, sha256: text, name: text, packages: anyList, ...CHOICE_FIELDS };

/** Reads the document of a lock of this format version, checksum included. The inverse of {@link formatProfileLock}. */
export function parseProfileLock(value: YamlValue): ProfileLock | FieldProblem {
  if (!isMap(value)) return { field: null, problem: 'it must be a map of fields' };
  const { values, unknown, problems } = readFields<Fields>(value, FIELDS);
  if (problems[0] !== undefined) return problems[0];
  if (unknown[0] !== undefined) return { field: unknown[0], problem: 'there is no such field' };
  if (typeof values.name !== 'string') return { field: 'name', problem: 'it is missing' };
  const packages: LockedPackage[] = [];
  for (const [at, entry] of (values.packages ?? []).entries()) {
    const read = isMap(entry) ? parsePackage(entry) : { field: null, problem: 'it must be a map of fields' };
    if ('problem' in read) return { field: `packages[${at}]${read.field === null ? '' : `.${read.field}`}`, problem: read.problem };
    packages.push(read);
  }
  const lock = { name: values.name, ...choicesOf(values), packages };
  if (values.sha256 !== checksum(bodyOf(lock))) return { field: 'sha256', problem: 'the checksum does not match what the lock says' };
  return lock;
}

function parsePackage(entry: YamlMap): LockedPackage | FieldProblem {
  const { values, unknown, problems } = readFields<Omit<LockedPackage, 'version' | 'requested'> & { readonly version: string; readonly requested: string }>(entry, PACKAGE_FIELDS);
  if (problems[0] !== undefined) return problems[0];
  if (unknown[0] !== undefined) return { field: unknown[0], problem: 'there is no such field' };
  const { name, id, store, version = null, digest, requested = null, pinned, dependsOn } = values;
  const missing = Object.entries({ name, id, store, digest, pinned, dependsOn }).find(([, given]) => given === undefined || given === null);
  if (missing !== undefined) return { field: missing[0], problem: 'it is missing' };
  return { name, id, store, version, digest, requested, pinned, dependsOn } as LockedPackage;
}

const checksum = (body: string): string => createHash('sha256').update(body).digest('hex');

/** The text of a lock, always in the same order. */
export function formatProfileLock(lock: ProfileLock): string {
  const body = bodyOf(lock);
  const head = ['# What a profile of nox consisted of; written by nox and not to be edited. FILE is the profile file beside it: nox-profile apply FILE --locked', `nox-profile-lock: ${PROFILE_LOCK_VERSION}`, `sha256: ${yamlScalar(checksum(body))}`];
  return `${head.join('\n')}\n${body}`;
}

function bodyOf({ name, packages, ...choices }: ProfileLock): string {
  const lines = [`name: ${yamlScalar(name)}`, ...choiceLines(choices), packages.length === 0 ? 'packages: []' : 'packages:', ...packages.flatMap(packageLines)];
  return `${lines.join('\n')}\n`;
}

function packageLines({ name, id, store, version, digest, requested, pinned, dependsOn }: LockedPackage): string[] {
  return [
    `  - name: ${yamlScalar(name)}`, `    id: ${yamlScalar(id)}`, `    store: ${yamlScalar(store)}`, `    version: ${yamlScalar(version)}`, `    digest: ${yamlScalar(digest)}`,
    `    requested: ${yamlScalar(requested)}`, `    pinned: ${pinned}`, `    dependsOn: ${yamlRow(dependsOn)}`,
  ];
}
