import * as v from 'valibot';
import type { SealedKind } from '../../fs/sealed.js';

const packSchema = v.object({
  profile: v.string(),
  generation: v.number(),
  /** RFC 3339, UTC: when the generation was made. */
  createdAt: v.string(),
  /** Sorted by name; `path` is relative to the root of the pack. */
  packages: v.array(v.object({ id: v.string(), name: v.string(), version: v.nullable(v.string()), store: v.string(), requested: v.nullable(v.string()), path: v.string() })),
  /** What links led to outside of the packages and was packed too: where it was, and its path in the pack. */
  outside: v.array(v.object({ source: v.string(), path: v.string() })),
});

export const packKind: SealedKind<typeof packSchema> = { kind: 'pack', version: 1, schema: packSchema, limit: 64 << 20 };
