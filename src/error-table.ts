import { CHOICE } from './wordings/choice.js';
import { COLLECTION } from './wordings/collection.js';
import { GENERAL } from './wordings/general.js';
import { PROFILES } from './wordings/profiles.js';
import { STORES } from './wordings/stores.js';
import { USE } from './wordings/use.js';
import type { Wordings } from './wordings/words.js';

/** Code to wording and exit code. A code without wording does not compile. */
export const WORDINGS: Wordings = { ...GENERAL, ...CHOICE, ...PROFILES, ...STORES, ...USE, ...COLLECTION };
