import * as v from 'valibot';
import type { SealedKind } from '../fs/sealed.js';

const texts = v.pipe(v.array(v.string()), v.readonly());

const schema = v.object({
  /** False for one that only says what a running command is about to use. */
  complete: v.boolean(),
  /** Absolute path of the profile home, and what identifies it wherever it is mounted. */
  home: v.string(),
  /** The same with all links resolved. */
  physicalHome: v.string(),
  homeId: v.string(),
  user: v.string(),
  uid: v.number(),
  host: v.string(),
  /** RFC 3339, UTC. */
  writtenAt: v.string(),
  /** Absolute path of the store, as the profiles name it. */
  store: v.string(),
  profiles: v.array(
    v.object({
      name: v.string(),
      kind: v.picklist(['user', 'release', 'ad-hoc']),
      generations: v.array(v.object({ number: v.number(), current: v.boolean(), packages: texts })),
    }),
  ),
  /** Paths in the store, relative to it, that unmanaged links lead to. */
  linked: texts,
});

/**
 * What all generations of one profile home use of one store, left beside the store, so that collection needs no access to the
 * home. A record can only keep packages. A home may have several; all of them count.
 */
export type RootRecord = v.InferOutput<typeof schema>;

export const rootRecordKind: SealedKind<typeof schema> = { kind: 'root-record', version: 1, schema, limit: 64 << 20 };
