/** What commands of other package managers are called here, for who types those. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'nox-profile': {
    install: 'add', uninstall: 'del', delete: 'del', rm: 'del', ls: 'list', show: 'list', create: 'new', init: 'new', update: 'upgrade', use: 'env', load: 'env', activate: 'env', shell: 'env',
    unload: 'env --deactivate', deactivate: 'env --deactivate', exec: 'run', gc: 'nox-store gc', search: 'nox-store search', import: 'nox-store import',
  },
  'nox-store': {
    install: 'import', add: 'import', uninstall: 'gc', remove: 'gc', delete: 'gc', rm: 'gc', del: 'gc', clean: 'gc', ls: 'list', find: 'search', info: 'show', create: 'init', new: 'init',
  },
};

/** The command that a word of another package manager means: of the same program, or with the name of the other one. `null` when nobody calls it so. */
export function meaningOf(bin: string, word: string): string | null {
  const words = WORDS[bin] ?? {};
  return Object.hasOwn(words, word) ? (words[word] ?? null) : null;
}
