import { display } from '../../fs/bytes.js';
import type { Difference, History } from '../../ops/show-history.js';
import type { EditResult } from '../../ops/recompose-profile.js';
import { changedLines, changeTexts } from './changes.js';
import { count } from './size.js';
import { table } from './table.js';

export function generationLines({ generations }: History): string[] {
  return table(generations.map(({ number, current, createdAt, action, packages, ...changed }) => [
    `${number}${current ? ' *' : ''}`, createdAt, action, count(packages.length, 'package'), changeTexts(changed).join(', '),
  ]));
}

export function switchLines({ switches }: History): string[] {
  return table(switches.map(({ sequence, at, action, generation, link, user, host }) => [sequence, at, action, generation ?? link, `${user}@${host}`]));
}

export function differenceLines({ name, from, to, ...changed }: Difference): string[] {
  const texts = changeTexts(changed);
  if (from === null && texts.length === 0) return [`${display(name)}: no changes`];
  const at = (number: number | null): string => (number === null ? 'the linked profile' : String(number));
  return [...texts.map(display), `${display(name)}: ${count(texts.length, 'change')} from ${at(from)} to ${at(to)}`];
}

/** What `switch` or `rollback` did; `carry`: whether both generations' files were to be kept. */
export const switchedLines = (result: EditResult, { carry }: { readonly carry: boolean }): string[] =>
  changedLines(result, { kept: carry ? 'kept in the generation that was asked for' : 'kept in the generation left (--carry takes them along)' });
