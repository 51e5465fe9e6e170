import type { Errors } from '@oclif/core';

/** What oclif says, in the words of nox. A message that none of these knows stays as it is. */
const WORDS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^Flag (--?[\w-]+) expects (?:a value|one of these values.*)$/s, '$1 needs a value'],
  [/^Flag (--?[\w-]+) can only be specified once$/, '$1 can be given only once'],
  [/^Expected (--[\w-]+)=(.*) to be one of: (.*)$/s, '$1 expects one of $3, not "$2"'],
  [/^Parsing (--[\w-]+) Expected (an integer) but received: (.*)$/s, '$1 expects $2, not "$3"'],
  [/^Parsing (--[\w-]+) Expected (an integer) (greater|less) than or equal to (\d+) but received: (.*)$/s, '$1 expects $2 $3 than or equal to $4, not "$5"'],
  [/^Missing required flag ([\w-]+)$/s, 'missing flag: --$1'],
  [/^(--[\w-]+)=.* cannot also be provided when using (--[\w-]+)$/s, '$1 and $2 exclude each other'],
];

/** What oclif finds wrong with a command line, as one sentence of nox: no advice on oclif's own rules, no table. */
export function usageProblem(error: Errors.CLIError): string {
  const { args, flags } = wordsOf(error);
  const named = args.flatMap((arg) => (typeof arg === 'object' && arg !== null && 'name' in arg ? [String(arg.name).toUpperCase()] : []));
  if (named.length > 0) return `missing argument: ${named.join(', ')}`;
  if (args.length > 0) return `unexpected argument${args.length === 1 ? '' : 's'}: ${args.map((arg) => `"${String(arg)}"`).join(', ')}`;
  if (flags.length > 0) return noSuchFlag(flags);
  const lines = error.message.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
  const sentence = lines
    .filter((line) => line !== '' && !line.startsWith('See more help'))
    .join(' ')
    .replace(/^The following errors? occurred: /, '')
    .replace(/\.$/, '');
  for (const [pattern, words] of WORDS) if (pattern.test(sentence)) return sentence.replace(pattern, words);
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** That flags do not exist. */
export function noSuchFlag(flags: readonly unknown[]): string {
  const quoted = flags.map((flag) => `"${String(flag)}"`).join(', ');
  return flags.length === 1 ? `there is no flag ${quoted}` : `there are no flags ${quoted}`;
}

/** What an error of oclif's parser carries: arguments that are missing (objects) or too many (texts), and unknown flags. */
function wordsOf(error: object): { readonly args: readonly unknown[]; readonly flags: readonly unknown[] } {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  return { args: list('args' in error ? error.args : null), flags: list('flags' in error ? error.flags : null) };
}
