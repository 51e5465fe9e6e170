import { execFileSync } from 'node:child_process';

/**
 * A command tree as its own definitions tell it (`--describe`): `{bin, summary, commands: [{name, summary, description, examples, args, flags}]}`,
 * where each flag has `{name, char, summary, value, multiple, options}` and each argument `{name, summary, required, multiple}`.
 */
export function describe(node, program, bin) {
  return { bin, ...JSON.parse(execFileSync(node, [program, '--describe'], { encoding: 'utf8', maxBuffer: 1 << 24 })) };
}
