import type { Context } from '../context.js';
import { nameOf } from '../profile/io/read-profile.js';
import { type Composition, emptyComposition, packagePath } from '../profile/manifest.js';
import { type ProfileFile, profileFileOf } from '../profile/profile-file.js';
import type { LockedPackage, ProfileLock } from '../profile/profile-lock.js';
import { digestOf } from '../store/contents.js';
import { readContents } from '../store/io/read-contents.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';
import { compositionOf } from './new-profile.js';

/** What the user wants of a profile, as `apply` takes it. The profile `default` need not exist. */
export function exportProfile(context: Context, selection: ProfileSelection): ProfileFile {
  const { ref, state } = openOrDefault(context, selection);
  return profileFileOf(nameOf(ref), compositionIn(state));
}

/** What a profile consists of, contents included. Reads every byte of its packages. @throws what reading them throws. */
export async function lockProfile(context: Context, selection: ProfileSelection): Promise<ProfileLock> {
  const { ref, state } = openOrDefault(context, selection);
  const { packages, layout, withLibc, omit, prefer, hide, copy, unfold } = compositionIn(state);
  const locked: LockedPackage[] = [];
  for (const [at, entry] of packages.entries()) {
    context.progress.update('reading contents', at, packages.length);
    const { name, id, store, version, requested, pinned, dependsOn } = entry;
    locked.push({ name, id, store, version, digest: digestOf(await readContents(packagePath(entry), id)), requested, pinned, dependsOn });
  }
  return { name: nameOf(ref), layout, withLibc, omit, prefer, hide, copy, unfold, packages: locked };
}

function compositionIn(state: { readonly manifest: Composition } | null): Composition {
  return state === null ? emptyComposition : compositionOf(state.manifest);
}
