import { display } from './fs/bytes.js';

/** 1 unexpected · 2 usage · 3 not found · 4 refused · 5 busy · 6 damaged · 7 in doubt · 8 not permitted or supported · 125 to 127 `run`. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 125 | 126 | 127;

/** The data that each error carries; it appears under `error.data` with `--json`. */
export interface ErrorData {
  // usage
  usage: { problem: string; command: string | null };
  'unknown-command': { command: string; bin: string; nearest: string | null };
  'unexpected': { message: string };
  // file system
  'file-system': { step: string; path: string; reason: string; errno: number };
  'not-permitted': { step: string; path: string; reason: string; errno: number };
  damaged: { path: string; problem: string };
  'newer-format': { path: string; kind: string; version: number; supported: number };
}

export type ErrorCode = keyof ErrorData;

export interface Wording<D> {
  readonly exit: ExitCode;
  message(data: D): string;
  /** An exact command to run, or one sentence that says the way out. */
  hint?(data: D): string | null;
}

const q = (text: string): string => `"${display(text)}"`;

/** Code to wording and exit code. A code without wording does not compile. */
export const WORDINGS: { readonly [C in ErrorCode]: Wording<ErrorData[C]> } = {
  usage: {
    exit: 2,
    message: (d) => display(d.problem),
    hint: (d) => (d.command === null ? null : `${d.command} --help`),
  },
  'unknown-command': {
    exit: 2,
    message: (d) => `${q(d.command)} is not a command of ${d.bin}`,
    hint: (d) => (d.nearest === null ? `${d.bin} --help` : `${d.bin} ${d.nearest}`),
  },
  unexpected: {
    exit: 1,
    message: (d) => display(d.message),
    hint: () => 'this is a defect of nox: run again with NOX_DEBUG=1 and report what it prints',
  },
  'file-system': {
    exit: 1,
    message: (d) => `cannot ${d.step} ${q(d.path)}: ${d.reason}`,
  },
  'not-permitted': {
    exit: 8,
    message: (d) => `cannot ${d.step} ${q(d.path)}: ${d.reason}`,
  },
  damaged: {
    exit: 6,
    message: (d) => `${q(d.path)} is damaged: ${display(d.problem)}`,
  },
  'newer-format': {
    exit: 6,
    message: (d) => `${q(d.path)} is a ${d.kind} of format ${d.version}, and this nox reads up to ${d.supported}`,
    hint: () => 'use a newer nox',
  },
};
