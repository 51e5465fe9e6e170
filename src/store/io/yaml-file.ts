import { Composer, type CST, type Document, isMap, isScalar, isSeq, LineCounter, type Pair, Parser } from 'yaml';
import { fromBytes } from '../../fs/bytes.js';
import { readFileCapped } from '../../fs/disk.js';
import type { YamlMap, YamlValue } from '../fields.js';

/** The value of a document, or why it has none. */
export type Reading<T> = { readonly value: T; readonly problem: null } | { readonly value: null; readonly problem: string };

/** Bytes; what people write by hand is far smaller. */
export const YAML_LIMIT = 64 << 10;
/** Levels of nesting; the parser is recursive and must not meet the end of the stack. */
const DEPTH_LIMIT = 40;

const failed = (problem: string): Reading<never> => ({ value: null, problem });

/**
 * Reads a YAML file; `null` when there is none. Never blocks on a FIFO or device, and takes bounded time and memory for
 * whatever is in the file.
 * @throws when the file cannot be read for lack of permission or a failing disk.
 */
export function readYamlFile(path: string, limit = YAML_LIMIT): Reading<YamlValue> | null {
  return yamlOf(readFileCapped(path, limit, { follow: true }), limit);
}

/** The same for what reading such a file of at most `limit` bytes gave. */
export function yamlOf(bytes: Buffer | 'too-large' | 'not-a-file' | null, limit = YAML_LIMIT): Reading<YamlValue> | null {
  if (bytes === null) return null;
  if (bytes === 'not-a-file') return failed('it is not a regular file');
  if (bytes === 'too-large') return failed(`it is larger than ${limit} bytes`);
  return parseYaml(fromBytes(bytes));
}

/**
 * Parses one YAML document with the failsafe schema: maps, lists and texts (`1.10` stays `1.10`), `null` for nothing.
 * Aliases, unknown tags, keys that are not texts, duplicate keys and everything that the parser warns of are problems.
 */
export function parseYaml(text: string): Reading<YamlValue> {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  if (isDeep(tokens)) return failed(`it is nested deeper than ${DEPTH_LIMIT} levels`);
  const composer = new Composer({ schema: 'failsafe', strict: true, uniqueKeys: false, logLevel: 'silent' });
  const documents = [...composer.compose(tokens, true, text.length)];
  const [document] = documents;
  if (document === undefined) return { value: null, problem: null };
  const complaint = document.errors[0] ?? document.warnings[0];
  if (complaint !== undefined) {
    const { line } = lines.linePos(complaint.pos[0]);
    return failed(`line ${Math.max(line, 1)}: ${lowerFirst(complaint.message)}`);
  }
  if (documents.length > 1) return failed('it holds more than one document');
  return toPlain(document);
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** Looks for depth in the flat syntax tree, without recursion. */
function isDeep(documents: readonly CST.Token[]): boolean {
  const stack: Array<readonly [CST.Token, number]> = documents.map((token) => [token, 0]);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [token, depth] = next;
    if (depth > DEPTH_LIMIT) return true;
    if (token.type === 'document' && token.value) stack.push([token.value, depth + 1]);
    if (!('items' in token)) continue;
    for (const item of token.items) {
      if (item.key) stack.push([item.key, depth + 1]);
      if (item.value) stack.push([item.value, depth + 1]);
    }
  }
  return false;
}

/** Copies a document into plain values: lists, and maps without a prototype. */
function toPlain(document: Document.Parsed | Document): Reading<YamlValue> {
  const problems: string[] = [];
  const copy = (node: unknown): YamlValue => {
    if (isMap(node)) return copyMap(node.items);
    if (isSeq(node)) return node.items.map(copy);
    if (isScalar(node)) return isNothing(node.type, node.value) ? null : String(node.value);
    if (node !== null && node !== undefined) problems.push('it uses an alias ("*"), which is not supported');
    return null;
  };
  const copyMap = (items: readonly Pair[]): YamlMap => {
    const map = Object.create(null) as Record<string, YamlValue>;
    for (const { key, value } of items) {
      if (!isScalar(key)) problems.push('a key is not a text');
      else if (Object.hasOwn(map, String(key.value))) problems.push(`the key "${String(key.value)}" is given twice`);
      else map[String(key.value)] = copy(value);
    }
    return map;
  };
  const value = copy(document.contents);
  const [problem] = problems;
  return problem === undefined ? { value, problem: null } : failed(problem);
}

function isNothing(type: string | undefined, value: unknown): boolean {
  return value === null || (type === 'PLAIN' && typeof value === 'string' && /^(|~|null|Null|NULL)$/.test(value));
}
