import { Args, Flags } from '@oclif/core';
import { DEFAULT_WAIT } from '../ops/default-wait.js';

/** `-p`, `--dry-run` and `--wait` as every command has them. */
export const profileFlag = { profile: Flags.string({ char: 'p', description: 'profile, by name or path (else the active one, else default)', helpValue: 'NAME' }) };

export const dryRunFlag = { 'dry-run': Flags.boolean({ description: 'plan and refuse as always, but write nothing', default: false }) };

export const waitFlag = { wait: Flags.integer({ description: 'seconds to wait for other commands on the same profile', default: DEFAULT_WAIT, min: 0, max: 86_400, helpValue: 'SECONDS' }) };

/** Flags of every command that changes a profile given by `-p`. */
export const changeFlags = { ...profileFlag, ...dryRunFlag, ...waitFlag };

export const optionalName = { name: Args.string({ description: 'profile (or -p)' }) };
