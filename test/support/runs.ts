/** How often a property is tried: as often as said where the slow tier asks for it (`NOX_TEST_RUNS=all`), else a quarter of that, so that the fast tier stays fast. */
export const runs = (all: number): number => (process.env['NOX_TEST_RUNS'] === 'all' ? all : Math.ceil(all / 4));
