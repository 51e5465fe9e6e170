import { NoxError } from '../errors.js';
import type { PackageId } from './package.js';

/**
 * The identifier in `text`: a path relative to a store, of one or more components. Any bytes but NUL are fine; refused
 * (`invalid-identifier`) are empty and absolute paths, empty components, and components that begin with a dot.
 */
export function parsePackageId(text: string): PackageId {
  const problem = identifierProblem(text);
  if (problem !== null) throw new NoxError('invalid-identifier', { identifier: text, problem });
  return text as PackageId;
}

/** Why `text` cannot be an identifier, in words; `null` when it can. */
export function identifierProblem(text: string): string | null {
  if (text === '') return 'it is empty';
  if (text.includes('\0')) return 'it holds a NUL byte';
  if (text.startsWith('/')) return 'it is an absolute path';
  const components = text.split('/');
  if (components.includes('')) return 'it has an empty component';
  if (components.some((component) => component.startsWith('.'))) return 'a component begins with a dot';
  return null;
}

/** What an identifier tells; metadata wins over it. */
interface NameAndVersion {
  readonly name: string;
  readonly version: string | null;
}

// Spack and Nix put a hash of 32 characters before or after the name.
const HASH_BEFORE = /^[0-9a-z]{32}-(?=.)/s;
const HASH_AFTER = /(?<=.)-[0-9a-z]{32}$/s;

// The further outputs of a package in a Nix store, which stand beside it under its own version.
const OUTPUT = /(?<=.)-(bin|dev|lib|man|doc|devdoc|info|static|debug|tools|python|py|dist)$/s;

const VERSION_LIKE = /^v?[0-9]/i;
// A directory named `7zip-23.01` is no version, one named `6.30.02-foss-2023a`, `9e` or `8u392` is.
const WHOLLY_VERSION = /^v?[0-9]+(?:$|[^a-z]|[a-z](?![a-z])|(?:alpha|beta|rc|pre|dev)(?![a-z]))/i;

/**
 * Name and version from an identifier. Of several components the last that is a version (`ROOT/6.30.02`,
 * `ROOT/6.30.02/x86_64-el9-gcc13-opt`) is the version and the one before it the name; where none is, the last component
 * alone decides. In a component, split at `-`, the version begins at the first part after the first one that begins
 * like a version and has a `.` or `_`, else at the last part when that begins like a version. After a hash as Nix has it, the name of
 * an output goes to the name: `<hash>-zlib-1.2.13-dev` is `zlib-dev`, version `1.2.13`.
 */
export function inferNameAndVersion(id: string): NameAndVersion {
  const components = id.split('/').map((component) => component.replace(HASH_BEFORE, '').replace(HASH_AFTER, ''));
  for (let at = components.length - 1; at > 0; at -= 1) {
    const component = components[at] as string;
    if (WHOLLY_VERSION.test(component)) return { name: components[at - 1] as string, version: component };
  }
  const last = components.at(-1) as string;
  const output = HASH_BEFORE.test(id.slice(id.lastIndexOf('/') + 1)) ? OUTPUT.exec(last) : null;
  if (output === null) return splitComponent(last);
  const { name, version } = splitComponent(last.slice(0, output.index));
  return { name: `${name}${output[0]}`, version };
}

function splitComponent(component: string): NameAndVersion {
  const parts = component.split('-');
  let start = parts.findIndex((part, at) => at > 0 && VERSION_LIKE.test(part) && /[._]/.test(part));
  if (start < 0 && parts.length > 1 && VERSION_LIKE.test(parts.at(-1) as string)) start = parts.length - 1;
  if (start < 0) return { name: component, version: null };
  return { name: parts.slice(0, start).join('-'), version: parts.slice(start).join('-') };
}
