import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { makeDirectories } from '../../fs/change.js';
import { clearDrafts, publishFile } from '../../fs/draft.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { homeRecord, homeState, leases, pins } from '../../layout.js';

const schema = v.object({ id: v.string(), createdAt: v.string() });

const homeKind: SealedKind<typeof schema> = { kind: 'profile-home', version: 1, schema, limit: 1 << 16 };

/** What identifies a profile home, wherever it is mounted. */
type HomeRecord = v.InferOutput<typeof schema>;

/** What identifies the profile home, or `null`. @throws `damaged`. */
export function readHomeRecord(home: string): HomeRecord | null {
  return readSealed(homeKind, homeRecord(home));
}

/** Makes a profile home where there is none, or leaves the one there as it is. @throws `damaged`, `newer-format`. */
export function ensureHome(home: string, now: Date): void {
  if (readHomeRecord(home) !== null) return;
  for (const make of [homeState, pins, leases]) makeDirectories(make(home));
  clearDrafts(homeState(home));
  publishFile(homeRecord(home), seal(homeKind, { id: randomUUID(), createdAt: now.toISOString() }));
}
