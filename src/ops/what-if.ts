import type { PlaceFlags } from '../config.js';
import type { Doubt } from '../collect/survey.js';
import type { Context } from '../context.js';
import { byName } from '../fs/bytes.js';
import type { Package } from '../store/package.js';
import { whyKept } from './why-kept.js';

/** What one profile would lose. */
interface Loss {
  readonly user: string | null;
  readonly profile: string;
  /** Generations that would dangle. */
  readonly generations: readonly number[];
  /** True when what it shows now is among them, or something uses it now. */
  readonly current: boolean;
}

interface WhatIf {
  readonly package: Package;
  readonly losers: readonly Loss[];
  readonly doubts: readonly Doubt[];
}

/** `what-if PKG`: who would lose what if the package went. @throws `no-such-package`. */
export async function whatIf(context: Context, flags: PlaceFlags, request: string): Promise<WhatIf> {
  const { package: pkg, heldBy, doubts } = await whyKept(context, flags, request);
  const losers = new Map<string, Loss>();
  for (const { user, profile, generation, current } of heldBy) {
    const known = losers.get(profile) ?? { user, profile, generations: [], current: false };
    const generations = generation === null ? known.generations : [...new Set([...known.generations, generation])].sort((a, b) => a - b);
    losers.set(profile, { ...known, generations, current: known.current || current || generation === null });
  }
  return { package: pkg, losers: [...losers.values()].sort((a, b) => byName(a.profile, b.profile)), doubts };
}
