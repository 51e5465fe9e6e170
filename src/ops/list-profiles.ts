import { profileHomeOf, releaseHomesOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { readAdHoc } from '../profile/io/ad-hoc.js';
import { type ProfileState, readProfile } from '../profile/io/read-profile.js';
import type { Manifest } from '../profile/manifest.js';
import { parseProfileName } from '../profile/name.js';
import { profileNames, refOfPath } from './find-profile.js';

export interface ProfileRow {
  readonly name: string;
  readonly path: string;
  readonly kind: Manifest['kind'];
  /** `null` when the profile links to another one. */
  readonly generation: number | null;
  /** What a linked profile links to. */
  readonly link: string | null;
  readonly packages: number;
}

/** The profiles of the profile home, its registered ad-hoc ones, and the releases. One that cannot be read is talked about and left out. */
export function listProfiles(context: Context, flags: { readonly profiles?: string | undefined }): ProfileRow[] {
  const home = profileHomeOf(context, flags);
  const rows = [...rowsOf(context, home), ...releaseHomesOf(context).flatMap((releases) => rowsOf(context, releases))];
  return rows.sort((a, b) => byName(a.name, b.name) || byName(a.path, b.path));
}

function rowsOf(context: Context, home: string): ProfileRow[] {
  return profileNames(home).flatMap((text) => {
    try {
      const name = parseProfileName(text);
      const own = readProfile({ home, name });
      const adHoc = own === null ? readAdHoc(home, name) : null;
      const state = own ?? (adHoc === null ? null : readProfile(refOfPath(adHoc.path, '/')));
      return state === null ? [] : [rowOf(text, state)];
    } catch (error) {
      if (!(error instanceof NoxError)) throw error;
      context.say(error.message);
      return [];
    }
  });
}

function rowOf(name: string, { path, manifest, generation, last }: ProfileState): ProfileRow {
  const kind = generation === null ? 'user' : manifest.kind;
  return { name, path, kind, generation, link: last.link, packages: manifest.packages.length };
}
