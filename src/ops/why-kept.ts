import type { PlaceFlags } from '../config.js';
import type { Doubt, Holder } from '../collect/survey.js';
import { type Context, derived } from '../context.js';
import type { Package } from '../store/package.js';
import { readStores } from './read-stores.js';
import { showPackage } from './store-show.js';
import { sortHolders } from './survey.js';
import { distinctStores, takeSurvey } from './take-survey.js';

interface WhyKept {
  readonly package: Package;
  readonly heldBy: readonly Holder[];
  /** Doubts of its store, which keep it, too. */
  readonly doubts: readonly Doubt[];
}

/** `why-kept PKG`: everything that holds a package. @throws `no-such-package`. */
export async function whyKept(context: Context, flags: PlaceFlags, request: string): Promise<WhyKept> {
  const { package: pkg } = await showPackage(context, flags, request);
  const found = takeSurvey(context, { profiles: flags.profiles, forget: [], links: 'all' }, distinctStores(await readStores(derived(context, { say: () => undefined }), flags)));
  return { package: pkg, heldBy: sortHolders(found.holders.get(pkg.path) ?? []), doubts: found.stores.find(({ store }) => store.path === pkg.store)?.doubts ?? [] };
}
