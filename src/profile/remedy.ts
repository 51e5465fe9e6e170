import { type EnvSpec } from '../env/spec.js';
import { checkText, checkVariable } from '../env/variable.js';
import { baseOfGlob, matcher, relative } from '../glob.js';
import type { Remedies } from '../store/package.js';
import { hiding } from './hide.js';
import { readHidePattern } from './hide-pattern.js';

/** What the farm holds in the place of a link, for a program that would not work through one. */
export type Remedy =
  /** The package's file, as a copy. */
  | { readonly kind: 'copy' }
  /** A script that sets variables and runs the package's own program; `${profile}` is found out when it runs. */
  | { readonly kind: 'wrapper'; readonly env: EnvSpec }
  /** A copy with texts replaced. */
  | { readonly kind: 'rewritten'; readonly replace: Readonly<Record<string, string>> };

/** A package of a profile, as far as its remedies go. */
interface RemediedPackage {
  readonly id: string;
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly remedies: Remedies | null;
}

/** The remedies of a profile, by path. */
export interface RemedyTable {
  /** The remedy for a package's file at `path` of the farm, or `null`. */
  readonly remedyOf: (path: string, pkg: Pick<RemediedPackage, 'id' | 'name'>) => Remedy | null;
  /** True when such a file may lie in or below the directory. */
  readonly mayLieIn: (directory: string) => boolean;
  /** The user's patterns that have matched none of the files asked about. */
  readonly idle: () => readonly string[];
}

/**
 * The remedies that packages declare, and the patterns of files that the user wants as copies, which come first. Of one package's
 * remedies for one path, to rewrite comes before to wrap, and that before to copy. `profile` is the absolute path that `${profile}`
 * stands for in rewritten files. @throws `invalid-env` for a variable that no wrapper may set.
 */
export function remedyTable(packages: readonly RemediedPackage[], copy: readonly string[], profile: string): RemedyTable {
  const copied = hiding(copy);
  const declared = new Map(packages.flatMap((pkg) => (pkg.remedies === null ? [] : [[pkg.name, rulesOf(pkg, pkg.remedies, profile)] as const])));
  const bases = new Set([
    // A colon may be part of the path, too.
    ...copy.flatMap((pattern) => [baseOfGlob(readHidePattern(pattern).glob), baseOfGlob(pattern)]),
    ...[...declared.values()].flatMap((rules) => rules.map(({ base }) => base)),
  ]);
  const isIn = (path: string, directory: string): boolean => directory === '' || path === directory || path.startsWith(`${directory}/`);
  return {
    remedyOf(path, pkg) {
      if (copied.isHidden(path, pkg)) return { kind: 'copy' };
      return declared.get(pkg.name)?.find(({ matches }) => matches(path))?.remedy ?? null;
    },
    mayLieIn: (directory) => [...bases].some((base) => isIn(base, directory) || isIn(directory, base)),
    idle: copied.idle,
  };
}

interface Rule {
  readonly base: string;
  readonly matches: (path: string) => boolean;
  readonly remedy: Remedy;
}

function rulesOf(pkg: RemediedPackage, { copy, wrap, rewrite }: Remedies, profile: string): Rule[] {
  const rule = (glob: string, remedy: Remedy): Rule => ({ base: baseOfGlob(glob), matches: matcher(relative(glob)), remedy });
  return [
    ...Object.entries(rewrite).map(([glob, texts]) => {
      const replace = Object.fromEntries(Object.entries(texts).map(([from, to]) => [from, fillIn(to, { profile, package: pkg.path })]));
      return rule(glob, { kind: 'rewritten', replace });
    }),
    ...Object.entries(wrap).map(([glob, env]) => {
      checkWrapping(pkg.id, env);
      return rule(glob, { kind: 'wrapper', env });
    }),
    ...copy.map((glob) => rule(glob, { kind: 'copy' })),
  ];
}

function checkWrapping(id: string, { set, prepend, append }: EnvSpec): void {
  for (const [variable, text] of [set, prepend, append].flatMap((map) => Object.entries<string | readonly string[]>(map))) {
    checkVariable(id, variable);
    for (const one of [text].flat()) checkText(id, variable, one);
  }
}

/** Replaces `${profile}` and `${package}`, in one pass. */
function fillIn(text: string, values: { readonly profile: string; readonly package: string }): string {
  return text.replaceAll(/\$\{(profile|package)\}/g, (_, name: 'profile' | 'package') => values[name]);
}
