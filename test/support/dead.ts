import { ownedName, thisProcess } from '../../src/fs/owner.js';

/** A name as that of something a process left that is gone. */
export const nameOfTheDead = (): string => ownedName({ ...thisProcess(), pid: 4_194_303, startTime: '1' });
