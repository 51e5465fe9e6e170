import { display } from '../fs/bytes.js';
import { q, word, type Wordings } from './words.js';

/** Errors of stores, configuration, and packages that come in. */
export const STORES = {
  'invalid-config': {
    exit: 6,
    message: (d) => `configuration ${q(d.path)}: ${d.field === null ? '' : `${q(d.field)}: `}${display(d.problem)}`,
    hint: () => 'correct the file',
  },
  'colon-in-path': {
    exit: 2,
    message: (d) => `${q(d.path)} cannot be used: a path with ":" does not fit into a path variable`,
    hint: () => 'use a directory whose path has no ":"',
  },
  'owner-unknown': {
    exit: 3,
    message: (d) => `${q(d.path)} belongs to no package of the stores`,
    hint: () => 'nox-store list',
  },
  'no-such-file': {
    exit: 3,
    message: (d) => `there is no ${q(d.path)}`,
    hint: (d) => (d.make === undefined ? null : `write it, once the profile is as the file says: ${d.make}`),
  },
  'no-known-tree': {
    exit: 6,
    message: (d) => `${q(d.path)} is not a tree of Spack, EasyBuild, conda or Nix`,
    hint: (d) => `nox-store init ${word(d.path)} --dry-run`,
  },
  'adopt-elsewhere': {
    exit: 8,
    message: (d) =>
      d.reason === 'swept'
        ? `the ${d.kind} tree ${q(d.path)} cannot hold a nox-store.yaml, which its own collector would delete`
        : [`the ${d.kind} tree ${q(d.path)} is not yours to write; its owner would make it a store with this nox-store.yaml:`, ...d.file.map((line) => `  ${display(line)}`)].join('\n'),
    hint: (d) => `nox-store init ${word(d.instead)} --adopt ${word(d.path)}`,
  },
  'adopted-store': {
    exit: 8,
    message: (d) => `the store ${q(d.path)} is a tree of ${d.kind}, which nox only reads, so nothing is imported into it`,
    hint: (d) => d.instead ?? `install into it with ${d.kind}, or import into a store of your own with --store DIR`,
  },
  'store-configured': {
    exit: 4,
    message: (d) => `${q(d.path)} exists and says otherwise: ${display(d.problem)}`,
    hint: (d) => (d.missing === undefined ? 'edit the file: docs/stores.md tells its keys' : `add a line to the file: ${display(d.missing)}`),
  },
  'special-file': {
    exit: 6,
    message: (d) => `the package ${q(d.id)} holds ${q(d.path)}, which is a device, a FIFO or a socket`,
    hint: () => 'remove it: a package consists of files, directories and symlinks',
  },
  'not-importable': {
    exit: 6,
    message: (d) => `cannot import ${q(d.source)}: ${d.entry === null ? '' : `${q(d.entry)}: `}${display(d.problem)}`,
  },
  'not-exportable': {
    exit: 6,
    message: (d) => `cannot export ${q(d.package)}: ${d.entry === null ? '' : `${q(d.entry)}: `}${display(d.problem)}`,
  },
  'package-exists': {
    exit: 4,
    message: (d) => `${q(d.store)} has a package ${q(d.id)} already, and ${q(d.source)} has other content`,
    hint: () => 'give it another identifier with --as ID',
  },
  'program-missing': {
    exit: 8,
    message: (d) => `${display(d.purpose)} needs the program ${q(d.program)}, which is not installed`,
    hint: (d) => `ask for it, or load a module that has it; on Debian it is in the package ${d.debian}`,
  },
} satisfies Partial<Wordings>;
