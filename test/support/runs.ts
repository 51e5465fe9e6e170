/** How often a property is tried: as often as said where the slow tier asks for it (`NOX_TEST_RUNS=all`), else a quarter of that, so that the fast tier stays fast. */
export const runs = (all: number): number => (process.env['NOX_TEST_RUNS'] === 'all' ? all : Math.ceil(all / 4));

/** How often something must have come up in so many runs: as often as said, or in the fewer runs of the fast tier half of what would be its part, since chance counts for more there. */
export const least = (all: number): number => (process.env['NOX_TEST_RUNS'] === 'all' ? all : Math.floor(all / 8));
