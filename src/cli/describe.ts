import type { Command } from '@oclif/core';

/** What manual pages and completions are made of: a command as its class defines it. */
export interface CommandDescription {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly args: ReadonlyArray<{ readonly name: string; readonly summary: string; readonly required: boolean; readonly multiple: boolean }>;
  readonly flags: ReadonlyArray<{
    readonly name: string;
    readonly char: string | null;
    readonly summary: string;
    /** What stands for its value; `null` for a flag without one. */
    readonly value: string | null;
    readonly multiple: boolean;
    readonly options: readonly string[];
  }>;
}

/** Describes one command of a tree. Hidden flags are left out; flags are sorted by name. */
export function describeCommand(bin: string, name: string, command: Pick<typeof Command, 'summary' | 'description' | 'examples' | 'args' | 'flags' | 'baseFlags' | 'strict'>): CommandDescription {
  const { summary = '', description = '', examples, args, flags, baseFlags, strict } = command;
  const filled = (text: string): string => text.replaceAll('<%= config.bin %>', bin).replaceAll('<%= command.id %>', name);
  const all = Object.entries({ ...flags, ...baseFlags }).filter(([, flag]) => flag.hidden !== true);
  const named = all.map(([flag, { char, summary: short, description: long, ...rest }]) => ({
    name: flag,
    char: char ?? null,
    summary: short ?? long ?? '',
    value: rest.type === 'option' ? (typeof rest.helpValue === 'string' ? rest.helpValue : 'VALUE') : null,
    multiple: rest.type === 'option' && rest.multiple === true,
    options: rest.type === 'option' ? [...(rest.options ?? [])] : [],
  }));
  const json = { name: 'json', char: null, summary: 'one JSON document on standard output, errors too', value: null, multiple: false, options: [] };
  return {
    name,
    summary,
    description: filled(description),
    examples: ((examples as readonly unknown[] | undefined) ?? []).filter((example) => typeof example === 'string').map(filled),
    args: Object.entries(args).map(([arg, { description: text, required }]) => ({ name: arg, summary: text ?? '', required: required === true, multiple: !strict })),
    flags: [...named, json].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
