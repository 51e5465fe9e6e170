import * as v from 'valibot';
import type { SealedKind } from '../../fs/sealed.js';
import { contentsKind, provenanceKind } from '../contents.js';

/** The first entry of an archive that nox exported. */
export const EXPORT_MANIFEST = 'nox-export.json';

const schema = v.object({
  /** Entries of all packages. */
  count: v.number(),
  packages: v.pipe(v.array(v.object({
    id: v.string(),
    /** What it consists of, entry by entry. */
    ...contentsKind.schema.entries,
    /** Where it had been imported from, when nox had. */
    provenance: v.nullable(provenanceKind.schema),
  })), v.readonly()),
});

/** What an exported archive holds, so that a byte lost, added or changed anywhere in it is found. */
export type ExportManifest = v.InferOutput<typeof schema>;

export const exportKind: SealedKind<typeof schema> = { kind: 'export', version: 1, schema, limit: 400 << 20 };
