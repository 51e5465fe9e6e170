/**
 * Values of documents that other people write, and the reading of known fields from them. Every map here has a null
 * prototype, so that `__proto__` or `constructor` is a key like any other.
 */

/** A YAML document in which every scalar is text; an empty value, `~` and `null` are `null`. */
export type YamlValue = string | null | readonly YamlValue[] | YamlMap;

export interface YamlMap {
  readonly [key: string]: YamlValue;
}

/** How the value of a field is read: `undefined` when it is not what `words` says. */
export interface FieldType<T> {
  /** What the value must be, as in "depends must be a list of texts". */
  readonly words: string;
  read(value: YamlValue): T | undefined;
}

/** What {@link readFields} found: fields given as `null` are `null`, those not given are absent. */
interface FieldsRead<T> {
  readonly values: { readonly [K in keyof T]?: T[K] | null };
  /** Keys that no field has. */
  readonly unknown: readonly string[];
  /** Which fields are wrong, in the order of the document. */
  readonly problems: ReadonlyArray<{ readonly field: string; readonly problem: string }>;
}

/** True for a map, not for a list. */
export function isMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the known fields of a map, and names what is wrong or unknown in it. */
export function readFields<T extends object>(map: YamlMap, types: { readonly [K in keyof T]: FieldType<T[K]> }): FieldsRead<T> {
  const values = Object.create(null) as { [K in keyof T]?: T[K] | null };
  const unknown: string[] = [];
  const problems: Array<{ field: string; problem: string }> = [];
  for (const [key, value] of Object.entries(map)) {
    if (!Object.hasOwn(types, key)) {
      unknown.push(key);
      continue;
    }
    const field = key as keyof T & string;
    const read = value === null ? null : types[field].read(value);
    if (read === undefined) problems.push({ field, problem: `it must be ${types[field].words}` });
    else values[field] = read;
  }
  return { values, unknown, problems };
}

function isText(value: YamlValue | undefined): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

export const text: FieldType<string> = {
  words: 'a text',
  read: (value) => (isText(value) ? value : undefined),
};

export const textList: FieldType<readonly string[]> = {
  words: 'a list of texts',
  read: (value) => (Array.isArray(value) && value.every(isText) ? value : undefined),
};

export const integer: FieldType<number> = {
  words: 'a whole number of at most nine digits',
  read: (value) => (typeof value === 'string' && /^[-+]?[0-9]{1,9}$/.test(value) ? Number(value) : undefined),
};

export const flag: FieldType<boolean> = {
  words: 'true or false',
  read: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
};

/** One of a few words. */
export function oneOf<W extends string>(...words: readonly W[]): FieldType<W> {
  return {
    words: words.map((word) => `"${word}"`).join(' or '),
    read: (value) => words.find((word) => word === value),
  };
}

/** A map from any key to values that `convert` accepts. */
export function mapOf<T>(words: string, convert: (value: YamlValue) => T | undefined): FieldType<Readonly<Record<string, T>>> {
  return {
    words,
    read(value) {
      if (!isMap(value)) return undefined;
      const map = Object.create(null) as Record<string, T>;
      for (const [key, entry] of Object.entries(value)) {
        const converted = isText(key) ? convert(entry) : undefined;
        if (converted === undefined) return undefined;
        map[key] = converted;
      }
      return map;
    },
  };
}
