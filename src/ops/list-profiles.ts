import { profileHomeOf, releaseHomesOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { profileLink } from '../layout.js';
import { readAdHoc } from '../profile/io/ad-hoc.js';
import { kindOf, type ProfileRef, readProfile } from '../profile/io/read-profile.js';
import type { Manifest } from '../profile/manifest.js';
import { parseProfileName } from '../profile/name.js';
import { profileNames, refOfPath } from './find-profile.js';

export interface ProfileRow {
  readonly name: string;
  readonly path: string;
  /** `null` when it cannot be read. */
  readonly kind: Manifest['kind'] | null;
  /** `null` when the profile links to another one, or when it cannot be read. */
  readonly generation: number | null;
  /** What a linked profile links to. */
  readonly link: string | null;
  /** `null` when they cannot be read. */
  readonly packages: number | null;
  /** What cannot be read, or `null`. */
  readonly problem: string | null;
}

/** The profiles of the profile home, its registered ad-hoc ones, and the releases. What cannot have been made by nox is talked about and left out. */
export function listProfiles(context: Context, flags: { readonly profiles?: string | undefined }): ProfileRow[] {
  const home = profileHomeOf(context, flags);
  const rows = [...rowsOf(context, home), ...releaseHomesOf(context).flatMap((releases) => rowsOf(context, releases))];
  return rows.sort((a, b) => byName(a.name, b.name) || byName(a.path, b.path));
}

function rowsOf(context: Context, home: string): ProfileRow[] {
  return profileNames(home).flatMap((text) => {
    const ref = orProblem(() => ({ home, name: parseProfileName(text) }));
    if (!(ref instanceof NoxError)) return rowOf(ref) ?? [];
    context.say(ref.message);
    return [];
  });
}

function rowOf(own: ProfileRef): ProfileRow | null {
  const { home, name } = own;
  let path = profileLink(home, name);
  let [generation, link]: [number | null, string | null] = [null, null];
  const row = orProblem((): ProfileRow | null => {
    let state = readProfile(own);
    const adHoc = state === null ? readAdHoc(home, name) : null;
    if (adHoc !== null) state = readProfile(refOfPath((path = adHoc.path)));
    if (state === null) return null;
    ({ path, generation, last: { link } } = state);
    const { packages } = state.manifest;
    return { name, path, kind: kindOf(state), generation, link, packages: packages.length, problem: null };
  });
  return row instanceof NoxError ? { name, path, kind: null, generation, link, packages: null, problem: row.message } : row;
}

function orProblem<T>(read: () => T): T | NoxError {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoxError) return error;
    throw error;
  }
}
