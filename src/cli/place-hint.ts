import { shellWord } from '../shell-word.js';

const FLAGS = ['--profiles', '--store'];

/**
 * A hint as it works when pasted: a command of nox gets the flags by which this command line chose places. Sentences,
 * and commands that only print help, stay as they are.
 */
export function placeHint(hint: string | null, words: readonly string[]): string | null {
  if (hint === null || !/^nox-(?:store|profile) /.test(hint) || hint.endsWith(' --help')) return hint;
  return [hint, ...placesIn(words).map(shellWord)].join(' ');
}

function placesIn(words: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < words.length && words[at] !== '--'; at += 1) {
    const word = words[at] as string;
    const value = words[at + 1];
    if (FLAGS.some((flag) => word.startsWith(`${flag}=`))) found.push(word);
    else if (FLAGS.includes(word) && value !== undefined) {
      found.push(word, value);
      at += 1;
    }
  }
  return found;
}
