import { display } from '../../fs/bytes.js';
import type { EnvResult, LeaseResult } from '../../ops/env.js';
import { table } from './table.js';

/** The document for `--json`. */
export function envDocument(result: EnvResult, lease: LeaseResult | null): Readonly<Record<string, unknown>> {
  const { profile, path, generation, pinned, job, spec } = result;
  return { profile, path, generation, pinned, job, lease, ...spec };
}

/** What each variable gets and from where, for people. */
export function explanationLines({ profile, generation, pinned, job, root, explanation }: EnvResult): string[] {
  const where = pinned ? `pinned to generation ${generation}${job === null ? '' : ` for job ${display(job)}`}` : 'as it stands at any time';
  return [
    `${display(profile)}, ${where}: ${display(root)}`,
    ...table(explanation.elements.map(({ variable, way, value, from }) => [variable, way, value, from])),
    ...table(explanation.omitted.map(({ variable, why }) => [variable, 'left out', why])),
  ];
}
