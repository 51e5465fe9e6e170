import { fromBytes } from '../../fs/bytes.js';
import type { FileReading } from '../../fs/calls.js';
import type { Entry } from '../../fs/disk.js';
import { parseJson } from '../json-value.js';
import { parseConda } from '../metadata-conda.js';
import { type EasybuildRecord, easyconfigFile, parseEasyconfig } from '../metadata-easybuild.js';
import { mergeMetadata, type MetadataReading, parseMetadata, type PartialMetadata, requestProblem } from '../metadata.js';
import { parseSpack, type SpackRecord } from '../metadata-spack.js';
import { type Reading, YAML_LIMIT, yamlOf } from './yaml-file.js';

/** All that the files of one package say of it; the first source that gives a field wins. */
export interface MetadataFiles {
  readonly sources: readonly PartialMetadata[];
  /** A Spack prefix's own record; its dependencies are known when the whole store is. */
  readonly spack: SpackRecord | null;
  /** The same of an EasyBuild package. */
  readonly easybuild: EasybuildRecord | null;
  /** What is wrong with them, or `null`. */
  readonly problem: string | null;
  /** Keys of the package's own file that look like a field's misspelt. */
  readonly misspelt: readonly string[];
}

/** A file of a package that says something of it: its path in the package, and the bytes that are read of it at most. */
export interface MetadataFile {
  readonly file: string;
  readonly limit: number;
}

/** Bytes; Spack writes the whole graph of dependencies into each record. */
const JSON_LIMIT = 8 << 20;
/** A package's own word, which goes before that of all others. */
export const OWN_FILE = 'nox-package.yaml';
const OWN: MetadataFile = { file: OWN_FILE, limit: YAML_LIMIT };
const SPACK: MetadataFile = { file: '.spack/spec.json', limit: JSON_LIMIT };
const CONDA: MetadataFile = { file: 'info/index.json', limit: JSON_LIMIT };

/** Bytes of an easyconfig at most. */
const EASYCONFIG_LIMIT = 1 << 20;

/** The files that are worth opening in a package, given its identifier and what its directory holds. */
export function metadataFilesAmong(id: string, entries: readonly Entry[]): MetadataFile[] {
  const names = new Set(entries.map(({ name }) => name));
  const easyconfig = easyconfigFile(id);
  return [OWN, SPACK, CONDA, ...(easyconfig === null ? [] : [{ file: easyconfig, limit: EASYCONFIG_LIMIT }])].filter(({ file }) => names.has(file.split('/')[0] ?? ''));
}

/** What these files say; `readings` has what reading each of them gave. */
export function parseMetadataFiles(readings: ReadonlyMap<string, FileReading>): MetadataFiles {
  const own = parseOwn(readings.get(OWN.file) ?? null);
  const spack = parseJsonFile(readings.get(SPACK.file) ?? null, parseSpack);
  const conda = parseJsonFile(readings.get(CONDA.file) ?? null, parseConda);
  const easyconfig = [...readings].find(([file]) => file.startsWith('easybuild/'))?.[1];
  // What is no easyconfig tells nothing, and does not make the package worse.
  const easybuild = Buffer.isBuffer(easyconfig) ? parseEasyconfig(fromBytes(easyconfig)) : null;
  const problems = [
    own?.problem ? `${OWN.file}: ${own.problem}` : null,
    spack?.problem ? `${SPACK.file}: ${spack.problem}` : null,
    conda?.problem ? `${CONDA.file}: ${conda.problem}` : null,
  ].filter((problem) => problem !== null);
  const sources = [own?.metadata, spack?.value?.metadata, conda?.value, easybuild?.metadata].filter((source) => source !== null && source !== undefined);
  return { sources, spack: spack?.value ?? null, easybuild, problem: problems[0] ?? requestProblem(mergeMetadata(sources)), misspelt: own?.misspelt ?? [] };
}

/** A file that cannot be read is a problem of its package, not of the command. */
function parseOwn(bytes: FileReading): MetadataReading | null {
  const refused = (problem: string): MetadataReading => ({ metadata: {}, problem, misspelt: [] });
  if (bytes instanceof Error) return refused(bytes.message);
  if (bytes === 'leads-out') return refused(LEADS_OUT);
  const reading = yamlOf(bytes);
  if (reading === null) return null;
  return reading.problem === null ? parseMetadata(reading.value) : refused(reading.problem);
}

function parseJsonFile<T>(bytes: FileReading, parse: (document: unknown) => T | string): Reading<T> | null {
  if (bytes === null) return null;
  if (bytes instanceof Error) return failed(bytes.message);
  if (bytes === 'leads-out') return failed(LEADS_OUT);
  if (bytes === 'not-a-file') return failed('it is not a regular file');
  if (bytes === 'too-large') return failed(`it is larger than ${JSON_LIMIT} bytes`);
  const parsed = parse(parseJson(fromBytes(bytes)));
  return typeof parsed === 'string' ? failed(parsed) : { value: parsed, problem: null };
}

const LEADS_OUT = 'it leads out of the package, and what lies elsewhere is not read';
const failed = (problem: string): Reading<never> => ({ value: null, problem });
