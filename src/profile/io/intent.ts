import * as v from 'valibot';
import { makeDirectories, removeEntry } from '../../fs/change.js';
import { readDirectoryIfAny } from '../../fs/disk.js';
import { publishFile } from '../../fs/draft.js';
import { isGone, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { intents } from '../../layout.js';

const schema = v.object({
  profile: v.string(),
  packages: v.array(v.object({ store: v.string(), id: v.string() })),
  /** RFC 3339, UTC: when it ends even if its process cannot be seen to be gone. */
  expires: v.string(),
});

export const intentKind: SealedKind<typeof schema> = { kind: 'intent', version: 1, schema, limit: 64 << 20 };

/** The packages that a running command is about to put into a generation: a lease for the moment before it is published. */
type Intent = v.InferOutput<typeof schema>;

/** Milliseconds. */
const LONGEST = 24 * 3600 * 1000;

/** Declares what this process is about to use; returns what ends it. Whole wherever it is seen, be it after a power cut, which ends this process, too. */
export function declareIntent(home: string, intent: Omit<Intent, 'expires'>, now: Date): () => void {
  const directory = intents(home);
  makeDirectories(directory);
  const name = ownedName(thisProcess());
  publishFile(`${directory}/${name}`, seal(intentKind, { ...intent, expires: new Date(now.getTime() + LONGEST).toISOString() }), { lasting: false });
  return () => removeEntry(`${directory}/${name}`);
}

/** The intents that still hold. @throws `damaged` for one that cannot be read: it may hold anything. */
export function readIntents(home: string, now: Date): Intent[] {
  const directory = intents(home);
  return (readDirectoryIfAny(directory) ?? []).flatMap(({ name }) => {
    // Hidden ones are being written.
    const owner = name.startsWith('.') ? null : ownerOfName(name);
    if (owner === null || isGone(owner)) return [];
    const intent = readSealed(intentKind, `${directory}/${name}`);
    return intent === null || Date.parse(intent.expires) < now.getTime() ? [] : [intent];
  });
}

/** Whether a killed command left an intent: then what it told collectors has not been brought to an end either. */
export function hasLeftIntents(home: string): boolean {
  return abandoned(home).length > 0;
}

/** Removes the intents of killed commands. */
export function clearIntents(home: string): void {
  for (const path of abandoned(home)) removeEntry(path);
}

function abandoned(home: string): string[] {
  return (readDirectoryIfAny(intents(home)) ?? []).flatMap(({ name }) => {
    const owner = ownerOfName(name.replace(/^\./, ''));
    return owner !== null && isGone(owner) ? [`${intents(home)}/${name}`] : [];
  });
}
