import type { Errors } from '@oclif/core';

/** What oclif finds wrong with a command line, as one sentence of nox: no advice on oclif's own rules, no table. */
export function usageProblem(error: Errors.CLIError): string {
  const missing = missingArguments(error);
  if (missing.length > 0) return `missing argument: ${missing.map((name) => name.toUpperCase()).join(', ')}`;
  const lines = error.message.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
  const sentence = lines
    .filter((line) => line !== '' && !line.startsWith('See more help'))
    .join(' ')
    .replace(/^The following errors? occurred: /, '')
    .replace(/^Parsing (--?[\w-]+) Expected /, '$1 expects ')
    .replace(/\.$/, '');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function missingArguments(error: object): string[] {
  const args: unknown = 'args' in error ? error.args : null;
  if (!Array.isArray(args)) return [];
  return args.flatMap((arg: unknown) => (typeof arg === 'object' && arg !== null && 'name' in arg && typeof arg.name === 'string' ? [arg.name] : []));
}
