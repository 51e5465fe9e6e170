import { NoxError } from '../../errors.js';
import { readStandardInput, statusFollowed } from '../../fs/disk.js';
import { filesOfLock } from '../../layout.js';
import { shellWord } from '../../shell-word.js';
import type { YamlValue } from '../../store/fields.js';
import { readYamlFile, yamlOf } from '../../store/io/yaml-file.js';
import { type FieldProblem, parseProfileFile, PROFILE_FILE_VERSION, type ProfileFile, writtenVersion } from '../profile-file.js';
import { parseProfileLock, PROFILE_LOCK_VERSION, type ProfileLock } from '../profile-lock.js';

/** Bytes: far more than ten thousand packages take. */
const FILE_LIMIT = 4 << 20;
const LOCK_LIMIT = 32 << 20;

/** The keys that hold the versions of the formats. */
const PROFILE_MARKER = 'nox-profile';
const LOCK_MARKER = 'nox-profile-lock';

/** How standard input is named where a file is asked for. */
export const STANDARD_INPUT = '-';

/** What a file of people says of a profile; {@link STANDARD_INPUT} is read to its end. @throws `no-such-file`, `invalid-profile-file`, `newer-format`. */
export function readProfileFile(path: string): ProfileFile {
  return read(path, { limit: FILE_LIMIT, marker: PROFILE_MARKER, supported: PROFILE_FILE_VERSION, parse: parseProfileFile });
}

/** What the lock of a profile says; one that is there could write it. @throws as {@link readProfileFile}. */
export function readProfileLock(path: string, profile: string | null): ProfileLock {
  const make = profile === null ? {} : { make: `nox-profile export ${shellWord(profile)} --lock > ${shellWord(path)}` };
  return read(path, { limit: LOCK_LIMIT, marker: LOCK_MARKER, supported: PROFILE_LOCK_VERSION, ...make, parse: parseProfileLock });
}

interface Format<T> {
  readonly limit: number;
  /** The key that holds the format's version. */
  readonly marker: string;
  readonly supported: number;
  /** The command that writes such a file. */
  readonly make?: string;
  readonly parse: (value: YamlValue) => T | FieldProblem;
}

function read<T extends object>(path: string, { limit, marker, supported, make, parse }: Format<T>): T {
  const reading = path === STANDARD_INPUT ? yamlOf(readStandardInput(limit), limit) : readYamlFile(path, limit);
  if (reading === null) throw new NoxError('no-such-file', { path, ...(make === undefined ? {} : { make }) });
  if (reading.problem !== null) throw new NoxError('invalid-profile-file', { path, field: null, problem: reading.problem });
  const version = writtenVersion(reading.value, marker);
  if (version === null && marker === PROFILE_MARKER && writtenVersion(reading.value, LOCK_MARKER) !== null) throw new NoxError('invalid-profile-file', { path, field: null, problem: 'it is a lock, and the file that it belongs to is wanted', lockOf: filesOfLock(path).find((file) => statusFollowed(file) !== null) ?? null });
  if (version === null) throw new NoxError('invalid-profile-file', { path, field: marker, problem: `it must be the version of the format: ${supported}` });
  if (version > supported) throw new NoxError('newer-format', { path, kind: marker, version, supported });
  const parsed = parse(reading.value);
  if ('problem' in parsed) throw new NoxError('invalid-profile-file', { path, ...parsed });
  return parsed;
}
