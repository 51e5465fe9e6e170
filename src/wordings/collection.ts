import { display } from '../fs/bytes.js';
import { q, SHOWN, word, type Wordings } from './words.js';

/** Errors of collection. */
export const COLLECTION = {
  condemned: {
    exit: 5,
    message: (d) => `the package ${q(d.id)} of ${q(d.store)} is being collected as unused, so the profile stays as it is`,
    hint: (d) => `run it again, or give it longer with --wait SECONDS; out of quarantine it comes by: nox-store gc --restore ${word(d.id)}`,
  },
  'not-in-quarantine': {
    exit: 3,
    message: (d) => `not in quarantine in ${d.stores.map(q).join(', ')}: ${d.ids.map(q).join(', ')}${d.quarantined.length === 0 ? '; nothing is' : `; there are ${d.quarantined.slice(0, SHOWN).map(q).join(', ')}`}`,
    hint: () => 'nox-store doctor',
  },
  'not-restored': {
    exit: 4,
    message: (d) => `the package ${q(d.id)} cannot come back to ${q(d.store)}: ${display(d.problem)}`,
    hint: () => 'move what has its name now out of the way',
  },
  'record-not-writable': {
    exit: 8,
    message: (d) => `an older record of your profiles stands beside ${d.stores.map(q).join(', ')} and can be neither replaced nor removed, so collection would trust it; nothing was changed`,
    hint: () => 'ask the owner of the store to let you write your record again',
  },
} satisfies Partial<Wordings>;
