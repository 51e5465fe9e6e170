import type { Holder } from '../../collect/survey.js';
import { quoted } from '../../errors.js';
import { display } from '../../fs/bytes.js';
import type { SurveyResult } from '../../ops/survey.js';
import { shellWord } from '../../shell-word.js';
import type { JsonObject } from '../command.js';
import { doubtLines, doubtsJson } from './gc.js';
import { count, humanBytes } from './size.js';
import { table } from './table.js';

export function surveyJson({ profiles, packages, dangling, doubts }: SurveyResult): JsonObject {
  return { profiles, packages, dangling, doubts: doubtsJson(doubts) };
}

/** A line a profile, then one a package with who holds it, dangling packages, and doubts. */
export function surveyLines({ profiles, packages, dangling, doubts }: SurveyResult): string[] {
  return [
    ...section('profiles', table(profiles.map(({ path, owner, kind, generations, fromRecord }) => {
      const shown = generations.find(({ current }) => current);
      return [path, owner, kind, count(generations.length, 'generation'), shown === undefined ? '' : count(shown.packages.length, 'package'), fromRecord ? 'by its record' : ''];
    }))),
    ...section('packages', table(packages.map(({ id, store, heldBy, bytes }) => [id, bytes === null ? '' : humanBytes(bytes), heldBy.length === 0 ? 'unused' : `held by ${summary(heldBy)}`, store]))),
    ...ways(packages.flatMap(({ heldBy }) => heldBy)),
    ...section('packages that are gone', table(dangling.map(({ profile, generation, id, store }) => [id, `${profile} generation ${generation}`, store]))),
    ...doubtLines(doubts),
  ];
}

const SHOWN = 3;

/** The profiles that hold, the first few of them by name. */
function summary(holders: readonly Holder[]): string {
  const profiles = [...new Set(holders.map(({ user, name }) => (user === null ? name : `${user}:${name}`)))];
  const more = profiles.length - SHOWN;
  return more > 0 ? `${profiles.slice(0, SHOWN).join(', ')} and ${more} more` : profiles.join(', ');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line.replace(/(?: {2}-)+$/, '').trimEnd()}`)];
}

/** Who holds a package: user, profile, generation, and since when; then how those come to an end of which nothing but a record is left. */
export function holderLines(heldBy: readonly Holder[], now: Date): string[] {
  return [...rows(heldBy, now), ...ways(heldBy)];
}

function ways(heldBy: readonly Holder[]): string[] {
  const records = new Map(heldBy.flatMap((holder) => (holder.record !== null && holder.homeMissing ? [[holder.record, holder]] : [])));
  return [...records].flatMap(([record, { user, profile }]) => [
    `${quoted(profile)} is known from its record alone: its home is not there, so it is not mounted, was moved, or is gone`,
    `  if it is gone for good, let ${user ?? 'its owner'} say: rm ${shellWord(record)}`,
  ]);
}

function rows(heldBy: readonly Holder[], now: Date): string[] {
  const words = { generation: '', lease: 'lease of a running command or job', intent: 'about to be added', link: 'link that nox did not make', record: 'by its record' };
  return table(heldBy.map(({ user, profile, generation, current, since, why }) => [
    user, display(profile), generation === null ? '' : `generation ${generation}${current ? ' (current)' : ''}`, since === null ? '' : age(since, now), words[why],
  ])).map((line) => line.replace(/(?: {2}-)+$/, '').trimEnd());
}

function age(since: string, now: Date): string {
  const days = Math.floor((now.getTime() - Date.parse(since)) / 86_400_000);
  return Number.isFinite(days) ? (days < 1 ? 'today' : `${count(days, 'day')} old`) : since;
}
