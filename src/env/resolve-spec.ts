import type { EnvSpec } from './spec.js';

/** An environment with `${profile}` resolved to `root`, and without the variables omitted. */
export function resolveSpec(spec: EnvSpec, root: string, omit: ReadonlySet<string>): EnvSpec {
  const resolve = (text: string): string => text.replaceAll('${profile}', () => root);
  const lists = (map: Readonly<Record<string, readonly string[]>>): Record<string, string[]> =>
    Object.fromEntries(kept(map, omit).map(([name, elements]) => [name, elements.map(resolve)]));
  return {
    set: Object.fromEntries(kept(spec.set, omit).map(([name, text]) => [name, resolve(text)])),
    prepend: lists(spec.prepend),
    append: lists(spec.append),
  };
}

function kept<T>(map: Readonly<Record<string, T>>, omit: ReadonlySet<string>): Array<[string, T]> {
  return Object.entries(map).filter(([name]) => !omit.has(name));
}

/** The names in `NOX_OMIT`, separated by spaces, commas or colons. */
export function namesIn(text: string): string[] {
  return text.split(/[ ,:]/).filter((name) => name !== '');
}
