import { homesOfCaller, releaseHomesOf } from '../config.js';
import { type Survey, surveyStores } from '../collect/io/survey-stores.js';
import type { Context } from '../context.js';
import { statusFollowed } from '../fs/disk.js';
import type { ScannedStore } from '../store/io/scan.js';

interface SurveyOptions {
  readonly profiles?: string | undefined;
  /** Users whose doubts and records do not count. */
  readonly forget: readonly string[];
  /** Whether to look for links among unmanaged files, as collection must. */
  readonly links: 'none' | 'all';
}

/** A survey of stores, with the caller's own homes and the releases that configuration and stores name. */
export function takeSurvey(context: Context, { profiles, forget, links }: SurveyOptions, stores: readonly ScannedStore[]): Survey {
  const releases = [...releaseHomesOf(context), ...stores.flatMap((store) => store.config.releases)];
  return surveyStores({ stores, own: homesOfCaller(context, { profiles }), releases: [...new Set(releases)], forget: new Set(forget), links, now: context.now() });
}

/** Stores that are there, each once, by whatever names the store path has it. */
export function distinctStores(stores: readonly ScannedStore[]): ScannedStore[] {
  const seen = new Set<string>();
  return stores.filter((store) => {
    const found = store.missing ? null : statusFollowed(store.path);
    if (found === null || seen.has(`${found.dev}:${found.ino}`)) return false;
    seen.add(`${found.dev}:${found.ino}`);
    return true;
  });
}
