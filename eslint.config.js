import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

/** Layers from the ground up; a layer imports itself and the ones below it. */
const layers = {
  fs: { target: './src/fs', forbidden: ['./src/store', './src/profile', './src/env', './src/ops', './src/cli', './src/commands'] },
  env: { target: './src/env', forbidden: ['./src/store', './src/profile', './src/ops', './src/cli', './src/commands'] },
  store: { target: './src/store', forbidden: ['./src/profile', './src/env', './src/ops', './src/cli', './src/commands'] },
  profile: { target: './src/profile', forbidden: ['./src/ops', './src/cli', './src/commands'] },
  ops: { target: './src/ops', forbidden: ['./src/cli', './src/commands'] },
  cli: { target: './src/cli', forbidden: ['./src/commands'] },
};
const pure = ['src/store/*.ts', 'src/store/resolve/*.ts', 'src/store/archive/*.ts', 'src/store/debian/*.ts', 'src/profile/*.ts', 'src/profile/farm/*.ts', 'src/env/*.ts', 'src/env/encode/*.ts'];

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
      'import-x/no-restricted-paths': ['error', { zones: Object.values(layers).map(({ target, forbidden }) => ({ target, from: forbidden })) }],
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
    files: pure,
    rules: {
      'no-restricted-imports': ['error', {
        paths: ['fs', 'node:fs', 'node:fs/promises', 'node:child_process'].map((name) => ({ name, message: 'this module is pure' })),
        patterns: [{ group: ['**/fs/disk.js', '**/io/*'], message: 'this module is pure' }],
      }],
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
