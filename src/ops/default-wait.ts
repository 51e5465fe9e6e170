/** Seconds that a command waits for others on the same profile, unless told otherwise. */
export const DEFAULT_WAIT = 10;
