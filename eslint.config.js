import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

/** What every layer above src/fs may import: wordings, paths and texts, and nothing that asks about the surroundings. */
const texts = ['errors.ts', 'error-data.ts', 'glob.ts', 'layout.ts', 'nearest.ts', 'shell-word.ts', 'version.ts'];
const ambient = ['context.ts', 'inherited.ts', 'interrupt.ts', 'sync-point.ts', 'user-name.ts'];

/** What each layer may import besides itself. What is not named here it may not, root modules included. */
const domain = ['fs', ...texts];
const layers = {
  // Long work pauses for signals, and drafts have a place in the layout.
  fs: ['errors.ts', 'interrupt.ts', 'layout.ts'],
  wordings: ['fs', 'error-data.ts', 'shell-word.ts'],
  env: domain,
  store: [...domain, 'interrupt.ts'],
  // Of the context and of interruptions it takes types only, see below.
  profile: [...domain, 'store', 'env', 'context.ts', 'interrupt.ts', 'user-name.ts'],
  collect: [...domain, 'store', 'profile', 'user-name.ts'],
  ops: [...domain, 'store', 'profile', 'env', 'collect', 'config.ts', ...ambient],
  cli: [...domain, 'store', 'profile', 'env', 'collect', 'ops', 'wordings', 'config.ts', ...ambient],
  commands: [...domain, 'store', 'profile', 'env', 'collect', 'ops', 'cli', 'wordings', 'config.ts', ...ambient],
  // Errors are told by the table of wordings, and the configuration reads what stores are.
  'error-table.ts': ['wordings'],
  'config.ts': [...domain, 'store', 'context.ts'],
  ...Object.fromEntries([...texts, ...ambient].map((name) => [name, ['fs', ...texts, ...ambient].filter((other) => other !== name)])),
  'errors.ts': ['fs', 'error-data.ts', 'error-table.ts', 'wordings'],
};
const zones = Object.entries(layers).map(([layer, below]) => ({ target: `./src/${layer}`, from: './src', except: [layer, ...below].map((name) => `./${name}`), message: `it is not among what src/${layer} may import` }));

/** What looks at no file and no process. Of src/fs it takes what only computes; types may come from anywhere. */
const pure = { files: ['store', 'profile', 'env', 'collect'].map((layer) => `src/${layer}/**/*.ts`), ignores: ['src/**/io/**'] };
const impure = ['**/io/**', '**/fs/*', '!**/fs/bytes.js', ...[...ambient, 'config.ts'].map((name) => `**/${name.replace('.ts', '.js')}`)];

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'coverage/', '**/*.mjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/extensions': ['.ts', '.js'], 'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] }, 'import-x/resolver-next': [createTypeScriptImportResolver({ noWarnOnMultipleProjects: true })] },
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { zones }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': 'error',
      'no-restricted-syntax': ['error', 'TSEnumDeclaration', 'TSModuleDeclaration'],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/fs/**'],
    rules: { 'no-restricted-imports': ['error', { paths: ['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({ name, message: 'the file system is reached through src/fs' })) }] },
  },
  {
    files: ['src/profile/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: ['**/context.js', '**/interrupt.js'], allowTypeImports: true, message: 'the surroundings are arguments' }] }] },
  },
  {
    ...pure,
    rules: {
      'no-restricted-imports': ['error', { paths: ['fs', 'node:fs', 'fs/promises', 'node:fs/promises', 'node:child_process'].map((name) => ({ name, message: 'this module is pure' })) }],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: impure, allowTypeImports: true, message: 'this module is pure' }] }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', '*.ts', '*.js'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'max-lines': 'off',
      'max-params': 'off',
    },
  },
);
