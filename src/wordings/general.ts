import { display } from '../fs/bytes.js';
import { failedStep, orRather, q, repairing, word, type Wordings } from './words.js';

/** Errors of any command: usage, the file system, files of nox. */
export const GENERAL = {
  usage: {
    exit: 2,
    message: (d) => display(d.problem),
    hint: (d) => (d.command === null ? null : `${d.command} --help`),
  },
  'unknown-command': {
    exit: 2,
    message: (d) => `${q(d.command)} is not a command of ${d.bin}${orRather(d.nearest)}`,
    hint: (d) => `${d.nearest?.startsWith('nox-') === true ? '' : `${d.bin} `}${d.nearest === null ? '' : `${d.nearest} `}--help`,
  },
  unexpected: {
    exit: 1,
    message: (d) => display(d.message),
    hint: () => 'this is a defect of nox: run again with NOX_DEBUG=1 and report what it prints',
  },
  'file-system': { exit: 1, message: failedStep, hint: repairing },
  'not-permitted': { exit: 8, message: failedStep, hint: (d) => repairing(d) ?? d.way ?? null },
  interrupted: {
    exit: 130,
    message: (d) => `interrupted by ${d.signal}; nothing was changed`,
  },
  damaged: {
    exit: 6,
    message: (d) => `${q(d.path)} is damaged: ${display(d.problem)}`,
    hint: (d) => (d.package === undefined ? 'bring the file back from a backup; packages are not affected' : `see what has changed: nox-store verify ${word(d.package)}; and import it anew under another name`),
  },
  'newer-format': {
    exit: 6,
    message: (d) => `${q(d.path)} is a ${d.kind} of format ${d.version}, and this nox reads up to ${d.supported}`,
    hint: () => 'use a newer nox',
  },
} satisfies Partial<Wordings>;
