/** The control file of a Debian package: see deb-control(5). */

/** One alternative of a relation: `libfoo1 (>= 1.2)`. */
export interface Relation {
  readonly name: string;
  readonly operator: string | null;
  readonly version: string | null;
}

export interface Control {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** The first line of its description. */
  readonly description: string | null;
  readonly homepage: string | null;
  /** `Pre-Depends` and `Depends`: every group must hold, one alternative of each suffices. */
  readonly depends: ReadonlyArray<readonly Relation[]>;
  /** `Conflicts` and `Breaks`. */
  readonly conflicts: readonly Relation[];
  readonly provides: readonly Relation[];
}

/** Reads a control file; a text that says what is wrong. */
export function parseControl(text: string): Control | string {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of text.split('\n')) {
    if (/^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
      continue;
    }
    const match = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line);
    if (match === null) continue;
    last = (match[1] as string).toLowerCase();
    fields.set(last, (match[2] as string).trim());
  }
  const [name, version] = [fields.get('package') ?? '', fields.get('version') ?? ''];
  if (!/^[a-z0-9][a-z0-9+.-]*$/.test(name)) return `its control file has no usable package name ("${name}")`;
  if (!/^[0-9A-Za-z.+:~-]+$/.test(version)) return `its control file has no usable version ("${version}")`;
  const relations = ['pre-depends', 'depends', 'conflicts', 'breaks', 'provides'].map((field) => parseRelations(fields.get(field) ?? ''));
  const problem = relations.find((parsed) => typeof parsed === 'string');
  if (problem !== undefined) return problem;
  const [preDepends, depends, conflicts, breaks, provides] = relations as Relation[][][] as [Relation[][], Relation[][], Relation[][], Relation[][], Relation[][]];
  return {
    name,
    version,
    architecture: fields.get('architecture') ?? null,
    description: fields.get('description')?.split('\n')[0] ?? null,
    homepage: fields.get('homepage') ?? null,
    depends: [...preDepends, ...depends],
    conflicts: [...conflicts, ...breaks].flat(),
    provides: provides.flat(),
  };
}

/** `a (>= 1) | b, c:any` as groups of alternatives; a text that says what cannot be read. */
function parseRelations(text: string): Relation[][] | string {
  const groups: Relation[][] = [];
  for (const group of text.split(',').map((part) => part.trim()).filter((part) => part !== '')) {
    const alternatives: Relation[] = [];
    for (const alternative of group.split('|')) {
      const match = /^\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([0-9A-Za-z.+:~-]+)\s*\))?\s*(?:\[[^\]]*\]|<[^>]*>)*\s*$/.exec(alternative);
      if (match === null) return `its control file has a relation that cannot be read: "${alternative.trim().slice(0, 100)}"`;
      alternatives.push({ name: match[1] as string, operator: match[2] ?? null, version: match[3] ?? null });
    }
    groups.push(alternatives);
  }
  return groups;
}

/**
 * The links that a maintainer script would have update-alternatives make, as far as it says so plainly: where they are and what they lead to.
 * Scripts are never run.
 */
export function alternativesIn(script: string): Array<{ readonly link: string; readonly target: string }> {
  const joined = script.replaceAll(/\\\n/g, ' ');
  return [...joined.matchAll(/--(?:install|slave)\s+(\S+)\s+\S+\s+(\S+)/g)].map((match) => ({ link: unquote(match[1] as string), target: unquote(match[2] as string) }));
}

const unquote = (word: string): string => word.replaceAll(/["']/g, '');
