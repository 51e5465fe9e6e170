/**
 * What a survey of profile homes finds: the profiles, what keeps each package, and whatever could not be read. A doubt is a
 * place that may hold anything; collection removes nothing from a store that has one.
 */
import type { Manifest } from '../profile/manifest.js';

/** Something that could not be known. */
export interface Doubt {
  /** The place in doubt; a path. */
  readonly path: string;
  readonly reason: string;
  /** How to settle it: a command, or one sentence. */
  readonly hint: string;
  /** Whose it is, where that is known: what `--forget` takes. */
  readonly user: string | null;
}

/** What keeps a package. */
export interface Holder {
  readonly user: string | null;
  /** Absolute path of the profile, or of the tree or record that holds. */
  readonly profile: string;
  readonly name: string;
  readonly why: 'generation' | 'lease' | 'intent' | 'link' | 'record';
  readonly generation: number | null;
  readonly current: boolean;
  /** RFC 3339, UTC: since when, or `null`. */
  readonly since: string | null;
  /** What tells of it where its home was not read: the path of a root record; else `null`. */
  readonly record: string | null;
  /** True where the home that left the record is not there: not mounted, moved, or gone for good. */
  readonly homeMissing: boolean;
}

/** A package that something holds: by store and identifier, or by a path that a link leads to. */
export type Hold =
  | { readonly kind: 'package'; readonly store: string; readonly id: string; readonly holder: Holder }
  | { readonly kind: 'path'; readonly path: string; readonly holder: Holder };

export interface SurveyedGeneration {
  readonly number: number;
  readonly current: boolean;
  readonly createdAt: string | null;
  readonly packages: readonly { readonly id: string; readonly store: string }[];
}

export interface SurveyedProfile {
  readonly path: string;
  readonly name: string;
  readonly owner: string | null;
  readonly kind: Manifest['kind'];
  readonly generations: readonly SurveyedGeneration[];
  /** True when it is known from a root record only. */
  readonly fromRecord: boolean;
}

/** What one profile home, or one store's records, add to a survey. */
export interface Finding {
  readonly profiles: readonly SurveyedProfile[];
  readonly holds: readonly Hold[];
  readonly doubts: readonly Doubt[];
}

export const nothingFound: Finding = { profiles: [], holds: [], doubts: [] };

/** All of several findings, each profile once: one that was read itself counts before one from a record. */
export function joinFindings(findings: readonly Finding[]): Finding {
  const profiles = new Map<string, SurveyedProfile>();
  for (const profile of findings.flatMap((finding) => finding.profiles)) {
    const known = profiles.get(profile.path);
    if (known === undefined || (known.fromRecord && !profile.fromRecord)) profiles.set(profile.path, profile);
  }
  return {
    profiles: [...profiles.values()],
    holds: findings.flatMap((finding) => finding.holds),
    doubts: [...new Map(findings.flatMap((finding) => finding.doubts).map((doubt) => [`${doubt.path}\0${doubt.reason}`, doubt])).values()],
  };
}
