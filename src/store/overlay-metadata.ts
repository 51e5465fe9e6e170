import type { YamlMap } from './fields.js';
import type { PartialMetadata } from './metadata.js';

/**
 * The text of a `nox-package.yaml` that says what the package's own says, `null` for none, but for the fields of another source, which go before
 * it; fields given as nothing are given so. Keys that nox does not know stay, comments do not.
 */
export function overlayMetadata(own: YamlMap | null, over: PartialMetadata): string {
  const fields = new Map<string, unknown>([...Object.entries(own ?? {}), ...Object.entries(over)]);
  // Every JSON text is one of YAML.
  return [...fields].map(([key, value]) => `${/^[a-z]+$/.test(key) ? key : JSON.stringify(key)}:${value === null ? '' : ` ${JSON.stringify(value)}`}\n`).join('');
}
