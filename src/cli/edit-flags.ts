import { Flags } from '@oclif/core';
import type { EditRequest } from '../ops/edit-profile.js';

/** Flags of the commands that compose a profile anew. */
export const collisionFlags = {
  prefer: Flags.string({ description: 'package that wins all its collisions; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'PACKAGE' }),
  'no-prefer': Flags.string({ description: 'take back an earlier --prefer', multiple: true, multipleNonGreedy: true, helpValue: 'PACKAGE' }),
  hide: Flags.string({ description: 'leave out paths that match, [PACKAGE:]GLOB; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'PATTERN' }),
  unhide: Flags.string({ description: 'take back an earlier --hide', multiple: true, multipleNonGreedy: true, helpValue: 'PATTERN' }),
  copy: Flags.string({ description: 'hold files that match as copies, [PACKAGE:]GLOB; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'PATTERN' }),
  'no-copy': Flags.string({ description: 'take back an earlier --copy', multiple: true, multipleNonGreedy: true, helpValue: 'PATTERN' }),
  'with-libc': Flags.boolean({ description: "link the C library's own files, too", allowNo: true }),
};

interface EditFlags {
  readonly profile?: string | undefined;
  readonly profiles?: string | undefined;
  readonly store?: readonly string[] | undefined;
  readonly prefer?: readonly string[] | undefined;
  readonly 'no-prefer'?: readonly string[] | undefined;
  readonly hide?: readonly string[] | undefined;
  readonly unhide?: readonly string[] | undefined;
  readonly copy?: readonly string[] | undefined;
  readonly 'no-copy'?: readonly string[] | undefined;
  readonly 'with-libc'?: boolean | undefined;
  readonly 'dry-run': boolean;
  readonly wait: number;
}

/** The request that the flags make; it names no packages yet. */
export function editOf(action: EditRequest['action'], flags: EditFlags): EditRequest {
  const { profile, profiles, store, prefer = [], hide = [], unhide = [], copy = [], wait } = flags;
  const packages = { add: [], del: [], upgrade: [] };
  return { action, selection: { profile, profiles, store }, packages, prefer, unprefer: flags['no-prefer'] ?? [], hide, unhide, copy, uncopy: flags['no-copy'] ?? [], withLibc: flags['with-libc'] ?? null, unfold: [], pin: [], unpin: [], dryRun: flags['dry-run'], wait };
}
