import { shellWord } from '../shell-word.js';

const FLAGS = ['--profiles', '--store'];

/** One word of a command as `shellWord` writes it. */
const WORD = String.raw`(?:'[^']*'|\\'|"\$\(printf '[^']*'\)"|[^\s;'"\\])+`;
/** A command of nox in a hint: the whole hint, or in a sentence what follows a colon, as far as the next semicolon. */
const COMMAND = new RegExp(String.raw`(?<=^|: )nox-(?:store|profile)(?: ${WORD})+(?=;|$)`, 'g');

/**
 * A hint as it works when pasted: each command of nox in it gets the flags by which this command line chose places, but for those that it
 * has already. Commands that only print help stay as they are.
 */
export function placeHint(hint: string, words: readonly string[]): string {
  const places = placesIn(words);
  return hint.replaceAll(COMMAND, (command) => {
    if (command.endsWith(' --help')) return command;
    const missing = places.filter(({ flag }) => !command.includes(` ${flag} `));
    return [command, ...missing.flatMap((place) => place.words).map(shellWord)].join(' ');
  });
}

interface Place {
  readonly flag: string;
  /** As they were typed. */
  readonly words: readonly string[];
}

function placesIn(words: readonly string[]): Place[] {
  const found: Place[] = [];
  for (let at = 0; at < words.length && words[at] !== '--'; at += 1) {
    const word = words[at] as string;
    const value = words[at + 1];
    const flag = FLAGS.find((name) => word === name || word.startsWith(`${name}=`));
    if (flag === undefined) continue;
    if (word !== flag) found.push({ flag, words: [word] });
    else if (value !== undefined) {
      found.push({ flag, words: [word, value] });
      at += 1;
    }
  }
  return found;
}
