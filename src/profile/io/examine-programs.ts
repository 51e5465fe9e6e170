/**
 * Finds programs of a profile that will not work from a farm, by looking at them: nothing is run, and of each file little is read.
 * Each finding says which remedy to declare.
 */
import { dirname, normalize } from 'node:path';
import { orNull } from '../../errors.js';
import { byName, fromBytes } from '../../fs/bytes.js';
import { openForReading, realPath, status, statusFollowed } from '../../fs/disk.js';
import { literally } from '../../glob.js';
import { shellWord } from '../../shell-word.js';
import { isMap, type YamlMap } from '../../store/fields.js';
import { readYamlFile } from '../../store/io/yaml-file.js';
import type { Remedies } from '../../store/package.js';
import { readElf, type ReadAt } from '../elf.js';
import { type FarmDirectory, linksIn, linkTarget } from '../farm/farm.js';
import { under } from '../farm/tree.js';
import type { Manifest } from '../manifest.js';
import type { FindingCode, ProfileFinding } from './finding.js';
import { type ProfileRef, readFarm, readManifest, selectorOf } from './read-profile.js';

/** Files that are looked at, bytes of a text that are read, and paths of one package that a message names. */
const MOST = { files: 20_000, text: 1 << 16, named: 5 };

/** A program behind a link of the farm. */
interface Program {
  /** Path in the profile. */
  readonly path: string;
  /** Path in the package. */
  readonly inPackage: string;
  /** The file itself, by its physical path. */
  readonly real: string;
  readonly root: number;
}

/** What is wrong with one program. */
interface Trouble {
  readonly code: FindingCode;
  readonly remedies: Partial<Remedies>;
  readonly detail: string;
}

interface Surroundings {
  readonly tree: string;
  readonly manifest: Manifest;
}

/** Programs of a generation that need a remedy, by package. What cannot be read is passed over. */
export function examinePrograms(ref: ProfileRef, tree: string): ProfileFinding[] {
  const read = orNull(() => ({ farm: readFarm(tree), manifest: readManifest(tree) }));
  if (read === null) return [];
  const { farm, manifest } = read;
  const found = new Map<string, Array<Trouble & { readonly path: string }>>();
  const programs = farm.directories.filter(({ path }) => isExamined(path)).flatMap((directory) => programsIn(directory, farm.roots));
  for (const program of programs.slice(0, MOST.files)) {
    const trouble = orNull(() => troubleOf(program, { tree, manifest }));
    if (trouble === null) continue;
    const key = `${program.root} ${trouble.code}`;
    found.set(key, [...(found.get(key) ?? []), { ...trouble, path: program.path }]);
  }
  return [...found].flatMap(([key, troubles]) => {
    const pkg = manifest.packages[Number(key.split(' ')[0])];
    return pkg === undefined ? [] : [findingOf(ref, pkg, troubles)];
  });
}

const isExamined = (directory: string): boolean => /^(?:bin|sbin|libexec(?:\/.*)?|(?:lib|lib64|share|lib\/[^/]+)\/pkgconfig)$/s.test(directory);

/** Only links: what has a remedy is none. */
function programsIn(directory: FarmDirectory, roots: readonly string[]): Program[] {
  const { path } = directory;
  const isPkgConfig = path.endsWith('pkgconfig');
  return linksIn(directory).filter(({ name }) => !isPkgConfig || name.endsWith('.pc')).flatMap((link) => {
    const real = orNull(() => realPath(linkTarget(roots, link)));
    return real === null ? [] : [{ path: under(path, link.name), inPackage: under(link.at, link.name), real, root: link.root }];
  });
}

const WORDS: Readonly<Partial<Record<FindingCode, string>>> = {
  'python-elsewhere': 'does not find its library, which is in another package: it looks from where its program really lies',
  'library-elsewhere': 'does not find a library of another package: its $ORIGIN is where its program really lies',
  'foreign-interpreter': 'is a script for an interpreter that is not here',
  'foreign-prefix': 'tells the place of another installation',
};

function findingOf(ref: ProfileRef, pkg: Manifest['packages'][number], troubles: ReadonlyArray<Trouble & { readonly path: string }>): ProfileFinding {
  const [first] = troubles as [Trouble & { path: string }];
  const named = troubles.slice(0, MOST.named).map(({ path, detail }) => `${path} (${detail})`).join(', ');
  const more = troubles.length > MOST.named ? ` and ${troubles.length - MOST.named} more of ${pkg.id}` : '';
  const copy = [...new Set(troubles.flatMap(({ remedies }) => remedies.copy ?? []))].sort(byName);
  const rewrite = Object.assign({}, ...troubles.map(({ remedies }) => remedies.rewrite ?? {})) as Record<string, unknown>;
  const yaml = `remedies: {${[copy.length > 0 ? `copy: ${JSON.stringify(copy)}` : '', Object.keys(rewrite).length > 0 ? `rewrite: ${JSON.stringify(rewrite)}` : ''].filter((part) => part !== '').join(', ')}}`;
  const add = `nox-profile add ${shellWord(pkg.name)} -p ${shellWord(selectorOf(ref))}`;
  const flags = copy.map((path) => ` --copy ${shellWord(`${pkg.name}:${path}`)}`).join('');
  const file = `${pkg.store}/${pkg.id}/nox-package.yaml`;
  const there = remediesIn(file);
  const declared = there === null ? `write ${yaml} into ${file}, or for it into nox-store.yaml, then: ${add}` : `in ${file}, under the "remedies" that it has, write ${merged(there, copy, rewrite)} in the place of what is there of that, then: ${add}`;
  return {
    code: first.code,
    path: `${pkg.store}/${pkg.id}`,
    message: `${named}${more} ${WORDS[first.code] ?? ''}`,
    hint: flags === '' ? declared : `for this profile: ${add}${flags}; or for everybody: ${declared}`,
    damage: false,
    repair: null,
  };
}

/** What a file of metadata says of remedies already; `null` when it says nothing. A key that is there twice makes the file unusable. */
function remediesIn(file: string): YamlMap | null {
  const value = orNull(() => readYamlFile(file))?.value;
  if (value === undefined || !isMap(value) || !Object.hasOwn(value, 'remedies')) return null;
  return isMap(value['remedies']) ? value['remedies'] : {};
}

/** Remedies with what the file has of their kinds. */
function merged(there: YamlMap, copy: readonly string[], rewrite: Readonly<Record<string, unknown>>): string {
  const { copy: copied = [], rewrite: rewritten = {} } = there;
  const parts = [
    ...(copy.length === 0 ? [] : [`copy: ${JSON.stringify([...new Set([copied, copy].flat())])}`]),
    ...(Object.keys(rewrite).length === 0 ? [] : [`rewrite: ${JSON.stringify({ ...(isMap(rewritten) ? rewritten : {}), ...rewrite })}`]),
  ];
  return parts.join(' and ');
}

function troubleOf(program: Program, around: Surroundings): Trouble | null {
  const file = openForReading(program.real);
  if (file === null) return null;
  try {
    const readAt: ReadAt = (offset, length) => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, file.read(buffer, offset));
    };
    const start = readAt(0, 4).toString('latin1');
    if (start === '\x7fELF') return pythonTrouble(program, around) ?? libraryTrouble(program, around, readAt);
    if (program.path.endsWith('.pc') || program.path.endsWith('-config')) {
      const trouble = prefixTrouble(program, readAt);
      if (trouble !== null) return trouble;
    }
    return start.startsWith('#!') ? interpreterTrouble(program, around, readAt) : null;
  } finally {
    file.close();
  }
}

/** As CPython's getpath does: the prefix is the first directory above the program, links followed, with `lib/pythonX.Y/os.py`. */
function pythonTrouble({ path, real }: Program, { tree, manifest }: Surroundings): Trouble | null {
  const version = /\/python(\d+\.\d+)[a-z]*$/.exec(real)?.[1];
  if (version === undefined || (Object.hasOwn(manifest.env.set, 'PYTHONHOME') && !manifest.omit.includes('PYTHONHOME'))) return null;
  const landmark = `lib/python${version}/os.py`;
  for (let directory = dirname(real); directory !== '/'; directory = dirname(directory)) if (statusFollowed(`${directory}/${landmark}`) !== null) return null;
  if (statusFollowed(`${tree}/${landmark}`) === null) return null;
  return { code: 'python-elsewhere', remedies: { copy: [literally(path)] }, detail: landmark };
}

/** A library that the program finds by its $ORIGIN in the profile, but neither where it lies nor by LD_LIBRARY_PATH. */
function libraryTrouble({ path, real }: Program, { tree, manifest }: Surroundings, readAt: ReadAt): Trouble | null {
  const elf = readElf(readAt);
  if (elf === null || !elf.runpath.some((directory) => ORIGIN.test(directory))) return null;
  const from = (origin: string): string[] => elf.runpath.map((directory) => normalize(directory.replace(ORIGIN, () => origin)));
  const searched = manifest.omit.includes('LD_LIBRARY_PATH') ? [] : (manifest.env.prepend['LD_LIBRARY_PATH'] ?? []).map((element) => element.replaceAll('${profile}', () => tree));
  const isIn = (directories: readonly string[], name: string): boolean => directories.some((directory) => statusFollowed(`${directory}/${name}`) !== null);
  const found = [...from(dirname(real)), ...searched];
  const lost = elf.needed.find((name) => !isIn(found, name) && isIn(from(dirname(`${tree}/${path}`)), name));
  return lost === undefined ? null : { code: 'library-elsewhere', remedies: { copy: [literally(path)] }, detail: lost };
}

const ORIGIN = /\$(?:ORIGIN\b|\{ORIGIN\})/;

function textOf(readAt: ReadAt): string {
  const start = readAt(0, MOST.text);
  return start.includes(0) ? '' : fromBytes(start);
}

/** A prefix under which the very file does not lie is that of another installation. */
function prefixTrouble({ path, inPackage }: Program, readAt: ReadAt): Trouble | null {
  const match = /^[ \t]*(prefix[ \t]*=[ \t]*["']?)(\/[^\s"'$\\;]*)/m.exec(textOf(readAt));
  if (match === null) return null;
  const [, assignment, prefix] = match as unknown as [string, string, string];
  if (status(`${prefix}/${inPackage}`) !== null) return null;
  return { code: 'foreign-prefix', remedies: { rewrite: { [literally(path)]: { [`${assignment}${prefix}`]: `${assignment}\${package}` } } }, detail: prefix };
}

function interpreterTrouble({ path }: Program, { tree }: Surroundings, readAt: ReadAt): Trouble | null {
  const interpreter = /^#![ \t]*(\/[^\s]+)/.exec(textOf(readAt))?.[1];
  if (interpreter === undefined || statusFollowed(interpreter) !== null) return null;
  const name = interpreter.slice(interpreter.lastIndexOf('/') + 1);
  const other = statusFollowed(`${tree}/bin/${name}`) === null ? `/usr/bin/env ${name}` : `\${profile}/bin/${name}`;
  return { code: 'foreign-interpreter', remedies: { rewrite: { [literally(path)]: { [interpreter]: other } } }, detail: interpreter };
}
