/** Writing YAML that `parseYaml`, and every other reader, takes for the same texts. */

/** What other readers would take for a truth value, a number, a date or nothing, though nox reads texts only. */
const WORD = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;
const PLAIN = /^[A-Za-z/][A-Za-z0-9_.+/^-]*(?:@[A-Za-z0-9_.+^~-]+)?$/;
/** Besides what JSON escapes: what is not printable in YAML, or would steer a terminal, and lone surrogates. */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g;

/** A scalar: bare where no reader can mistake it, else in double quotes; `~` for `null`. */
export function yamlScalar(value: string | null): string {
  if (value === null) return '~';
  if (PLAIN.test(value) && !WORD.test(value)) return value;
  return JSON.stringify(value).replaceAll(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A list of texts on one line. */
export function yamlRow(texts: readonly string[]): string {
  return `[${texts.map(yamlScalar).join(', ')}]`;
}

/** The lines of a field that holds a list of texts, one to a line, so that a change of one shows as one. */
export function yamlList(field: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [`${field}: []`] : [`${field}:`, ...texts.map((text) => `  - ${yamlScalar(text)}`)];
}
