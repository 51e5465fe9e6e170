import { display } from '../fs/bytes.js';
import { q, SHOWN, word, type Wordings } from './words.js';

/** Errors of environments, packs, and commands that are run. */
export const USE = {
  'env-conflict': {
    exit: 4,
    message: (d) =>
      [
        'packages set one variable to different values, so the profile stays as it is:',
        ...d.conflicts.map(({ variable, packages: [a, b], values }) => `  ${display(variable)}: ${q(values[0])} by ${q(a)}, ${q(values[1])} by ${q(b)}`),
      ].join('\n'),
    hint: () => 'leave one of the packages out',
  },
  'invalid-env': {
    exit: 6,
    message: (d) => `${q(d.package)} may not declare the variable ${q(d.variable)}: ${display(d.problem)}`,
    hint: () => 'correct "env" in the metadata of the package',
  },
  'csh-newline': {
    exit: 8,
    message: (d) => `${q(d.variable)} holds a newline, which csh cannot take over from a command`,
    hint: (d) => `use another shell, or leave the variable alone with --omit ${word(d.variable)}`,
  },
  'not-active': {
    exit: 3,
    message: (d) => `${q(d.profile)} is not the profile activated last${d.active === null ? ': none is active' : `: that is ${q(d.active)}`}`,
    hint: (d) => (d.active === null ? null : 'without a name, --deactivate undoes the one activated last'),
  },
  'links-outside': {
    exit: 4,
    message: (d) => {
      const lines = d.links.slice(0, SHOWN).map(({ path, target }) => `  ${display(path)} -> ${display(target)}`);
      const more = d.links.length - lines.length;
      return [`the profile ${q(d.profile)} holds links that lead out of its packages, so it is not packed:`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
    },
    hint: (d) => `nox-profile pack ${word(d.profile)} -o ${word(d.output)} --outside keep`,
  },
  'pack-failed': {
    exit: 1,
    message: (d) => display(d.problem),
    hint: (d) => d.hint,
  },
  'no-command': {
    exit: 125,
    message: () => 'no command is given; it goes after "--"',
    hint: (d) => `${d.command} --help`,
  },
  'command-not-found': {
    exit: 127,
    message: (d) =>
      d.lost === null
        ? `there is no command ${q(d.command)} in the environment of the profile ${q(d.profile)}${d.nearest === null ? '' : `; did you mean ${q(d.nearest)}?`}`
        : `the command ${q(d.command)} of the profile ${q(d.profile)} leads to ${q(d.lost)}, and nothing can be seen there: its package was removed, or its store is not mounted here`,
    hint: (d) => (d.lost === null ? null : `nox-profile status ${word(d.profile)}`),
  },
  'command-not-executable': {
    exit: 126,
    message: (d) => `cannot execute ${q(d.command)}: ${display(d.reason)}`,
  },
  'run-failed': {
    exit: 125,
    message: (d) => display(d.problem),
    hint: (d) => d.hint,
  },
} satisfies Partial<Wordings>;
