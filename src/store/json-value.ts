/** Looking into parsed JSON that other programs wrote. */

/** The document of a text, or `undefined` for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True for an object that is not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a value that is a text, not empty, and free of NUL; else `null`. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : null;
}

/** The texts of a list; `null` when it is not a list of texts. */
export function textsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((item) => textOf(item) !== null) ? (value as string[]) : null;
}
