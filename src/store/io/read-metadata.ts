import { fromBytes } from '../../fs/bytes.js';
import { type Entry, readFileCapped } from '../../fs/disk.js';
import { parseConda } from '../metadata-conda.js';
import { type MetadataReading, parseMetadata, type PartialMetadata } from '../metadata.js';
import { parseSpack, type SpackRecord } from '../metadata-spack.js';
import { type Reading, readYamlFile } from './yaml-file.js';

/** All that the files of one package say of it; the first source that gives a field wins. */
export interface MetadataFiles {
  readonly sources: readonly PartialMetadata[];
  /** A Spack prefix's own record; its dependencies are known when the whole store is. */
  readonly spack: SpackRecord | null;
  /** What is wrong with them, or `null`. */
  readonly problem: string | null;
}

const PACKAGE_FILE = 'nox-package.yaml';
const SPACK_FILE = '.spack/spec.json';
const CONDA_FILE = 'info/index.json';
/** Bytes; Spack writes the whole graph of dependencies into each record. */
const JSON_LIMIT = 8 << 20;

/** Reads the metadata files of a package, given what its directory holds, so that only files that exist are opened. */
export function readMetadataFiles(path: string, entries: readonly Entry[]): MetadataFiles {
  const names = new Set(entries.map(({ name }) => name));
  const own = names.has(PACKAGE_FILE) ? readOwn(`${path}/${PACKAGE_FILE}`) : null;
  const spack = names.has('.spack') ? readJson(`${path}/${SPACK_FILE}`, parseSpack) : null;
  const conda = names.has('info') ? readJson(`${path}/${CONDA_FILE}`, parseConda) : null;
  const problems = [
    own?.problem ? `${PACKAGE_FILE}: ${own.problem}` : null,
    spack?.problem ? `${SPACK_FILE}: ${spack.problem}` : null,
    conda?.problem ? `${CONDA_FILE}: ${conda.problem}` : null,
  ].filter((problem) => problem !== null);
  const sources = [own?.metadata, spack?.value?.metadata, conda?.value].filter((source) => source !== null && source !== undefined);
  return { sources, spack: spack?.value ?? null, problem: problems[0] ?? null };
}

function readOwn(path: string): MetadataReading | null {
  const reading = guarded(() => readYamlFile(path));
  if (reading === null) return null;
  return reading.problem === null ? parseMetadata(reading.value) : { metadata: {}, problem: reading.problem };
}

function readJson<T>(path: string, parse: (document: unknown) => T | string): Reading<T> | null {
  return guarded<T>(() => {
    const bytes = readFileCapped(path, JSON_LIMIT, { follow: true });
    if (bytes === null) return null;
    if (bytes === 'not-a-file') return failed('it is not a regular file');
    if (bytes === 'too-large') return failed(`it is larger than ${JSON_LIMIT} bytes`);
    const parsed = parse(parseJson(fromBytes(bytes)));
    return typeof parsed === 'string' ? failed(parsed) : { value: parsed, problem: null };
  });
}

const failed = (problem: string): Reading<never> => ({ value: null, problem });

/** The document, or `undefined` for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A file that cannot be read is a problem of its package, not of the command. */
function guarded<T>(read: () => Reading<T> | null): Reading<T> | null {
  try {
    return read();
  } catch (error) {
    return failed((error as Error).message);
  }
}
