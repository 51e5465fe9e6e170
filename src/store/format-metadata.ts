import type { PartialMetadata } from './metadata.js';

const ORDER = ['name', 'version', 'description', 'homepage', 'license', 'platform', 'depends', 'conflicts', 'provides', 'priority', 'env', 'remedies', 'prefix'] as const;

/**
 * The text of a `nox-package.yaml` that says this: `parseMetadata` reads the same from it. Fields that are absent, `null` or an empty list are
 * left out. Every JSON text is one of YAML.
 */
export function formatMetadata(metadata: PartialMetadata): string {
  const lines = ORDER.flatMap((field) => {
    const value = metadata[field];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return [];
    if (!Array.isArray(value)) return [`${field}: ${quote(value)}`];
    return [`${field}:`, ...value.map((item) => `  - ${quote(item)}`)];
  });
  return lines.length === 0 ? '{}\n' : `${lines.join('\n')}\n`;
}

/** Numbers are texts in the failsafe schema, quoted or not. */
const quote = (value: unknown): string => JSON.stringify(value);
