import { basename, dirname } from 'node:path';
import * as v from 'valibot';
import { isAnyNoxError } from '../../errors.js';
import { makeDirectories, removeEntry } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { clearDrafts, publishFile } from '../../fs/draft.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { adHocRecord, adHocRecords, profileState } from '../../layout.js';
import { parseProfileName, type ProfileName } from '../name.js';

const schema = v.object({ name: v.string(), path: v.pipe(v.string(), v.startsWith('/')), createdAt: v.string() });

const adHocKind: SealedKind<typeof schema> = { kind: 'ad-hoc-profile', version: 1, schema, limit: 1 << 16 };

/** A profile that lives outside the profile home, known there by name so that collection finds it. */
export type AdHocRecord = v.InferOutput<typeof schema>;

/** The ad-hoc profile registered under that name, or `null`. */
export function readAdHoc(home: string, name: ProfileName): AdHocRecord | null {
  return readSealed(adHocKind, adHocRecord(home, name));
}

/** Whether the profile is where it was registered, be it damaged. A link that was left of it does not count. */
export function isAdHocThere({ path }: AdHocRecord): boolean {
  return status(profileState(dirname(path), basename(path))) !== null;
}

/** Forgets every registration of the profile at that path; one that cannot be read stays. */
export function forgetAdHocAt(home: string, path: string): void {
  for (const { name: file } of readDirectoryIfAny(adHocRecords(home)) ?? []) {
    try {
      const name = parseProfileName(file.replace(/\.json$/, ''));
      if (readAdHoc(home, name)?.path === path) removeAdHoc(home, name);
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
    }
  }
}

/** Registers an ad-hoc profile; replaces a record of the same name. */
export function writeAdHoc(home: string, record: AdHocRecord): void {
  const directory = adHocRecords(home);
  makeDirectories(directory);
  clearDrafts(directory);
  publishFile(adHocRecord(home, record.name), seal(adHocKind, record));
}

/** Forgets an ad-hoc profile; content when it is not registered. */
export function removeAdHoc(home: string, name: ProfileName): void {
  removeEntry(adHocRecord(home, name));
}
