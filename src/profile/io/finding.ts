import { shellWord } from '../../shell-word.js';
import { type ProfileRef, selectorOf } from './read-profile.js';

/** What an examination of profiles can find. */
export type FindingCode =
  | 'unreadable' | 'home-record-missing' | 'lease-damaged' | 'stale-lease' | 'stale-pin' | 'intent-damaged' | 'stale-intent'
  | 'leftover-trash' | 'no-profile' | 'ad-hoc-damaged' | 'ad-hoc-gone' | 'journal-empty' | 'journal-damaged' | 'journal-gap' | 'half-pruned'
  | 'abandoned-generation' | 'generation-damaged' | 'generation-missing' | 'package-gone' | 'dangling-links' | 'missing-links' | 'ready-script-damaged' | 'link-blocked' | 'link-wrong'
  | 'linked-gone' | 'python-elsewhere' | 'library-elsewhere' | 'foreign-interpreter' | 'foreign-prefix' | 'leftover-staging' | 'stale-lock';

/** What sets a finding right without losing anything; each looks again before it does anything. */
export type Repair =
  | { readonly op: 'make-home'; readonly home: string }
  | { readonly op: 'drop-lease'; readonly path: string }
  | { readonly op: 'drop-pin'; readonly path: string }
  | { readonly op: 'clear-intents'; readonly home: string }
  | { readonly op: 'clear-trash'; readonly home: string }
  | { readonly op: 'clear-leftovers'; readonly ref: ProfileRef }
  | { readonly op: 'restore-entries'; readonly ref: ProfileRef }
  | { readonly op: 'remove-generation'; readonly ref: ProfileRef; readonly number: number }
  | { readonly op: 'show'; readonly ref: ProfileRef; readonly number: number }
  | { readonly op: 'rebuild'; readonly ref: ProfileRef }
  | { readonly op: 'settle-link'; readonly ref: ProfileRef }
  | { readonly op: 'break-lock'; readonly ref: ProfileRef };

/** Something about a profile or its home that is not as it should be. */
export interface ProfileFinding {
  readonly code: FindingCode;
  readonly path: string;
  readonly message: string;
  /** How to settle it: a command, or one sentence. */
  readonly hint: string;
  /** False for what only lies about. */
  readonly damage: boolean;
  /** `null` where only a person can decide. */
  readonly repair: Repair | null;
}

/** What a finding is about, as yet without a way out. */
type Found = Pick<ProfileFinding, 'code' | 'path' | 'message'>;

export const BACKUP = 'bring it back from a backup';

/** The command that sets right what of a profile can be. */
export const repairCommand = (ref: ProfileRef): string => `nox-profile doctor ${shellWord(selectorOf(ref))} --repair`;

/** Damage about which only a person can do something. */
export const damage = (found: Found, hint: string): ProfileFinding => ({ ...found, hint, damage: true, repair: null });
/** Damage that can be set right. */
export const repairable = (ref: ProfileRef, found: Found, repair: Repair): ProfileFinding => ({ ...found, hint: repairCommand(ref), damage: true, repair });
/** What can be set right and is no damage. */
export const leftover = (ref: ProfileRef, found: Found, repair: Repair): ProfileFinding => ({ ...found, hint: repairCommand(ref), damage: false, repair });
