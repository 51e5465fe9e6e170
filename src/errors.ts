import { type Errno, errnoOf, errnoWords, hasErrno } from './fs/errno.js';
import type { ChangeState, ErrorCode, ErrorData, ExitCode } from './error-data.js';
import { WORDINGS } from './error-table.js';

export type { ChangeState, ErrorCode, ErrorData } from './error-data.js';
export { q as quoted } from './wordings/words.js';

/**
 * The one error class: a code of the table with its data. Wording, hint and exit code come from the table, so that an
 * error says the same wherever it is raised.
 */
export class NoxError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'NoxError';
  readonly code: C;
  readonly data: ErrorData[C];
  readonly hint: string | null;
  readonly exitCode: ExitCode;

  constructor(code: C, data: ErrorData[C], cause?: unknown) {
    const wording = WORDINGS[code];
    super(wording.message(data), cause === undefined ? undefined : { cause });
    this.code = code;
    this.data = data;
    this.hint = wording.hint?.(data) ?? null;
    this.exitCode = wording.exit;
  }
}

/** True when `error` is an error of nox. */
export function isAnyNoxError(error: unknown): error is NoxError {
  return error instanceof NoxError;
}

/** What `run` gives, or `null` when it fails with an error of nox; anything else is a defect and passes through. */
export function orNull<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (isAnyNoxError(error)) return null;
    throw error;
  }
}

/** True when `error` is a nox error of that code. */
export function isNoxError<C extends ErrorCode>(error: unknown, code: C): error is NoxError<C> {
  return error instanceof NoxError && error.code === code;
}

/** True when a step failed with one of these error numbers. */
export function failedWith(error: unknown, ...names: readonly Errno[]): error is NoxError {
  return error instanceof NoxError && hasErrno(error.cause, ...names);
}

/**
 * Runs one file system step; a system error that escapes it becomes a `file-system` or `not-permitted` error that
 * names step and path. Errors of nox pass through.
 */
export function step<T>(what: string, path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw fileSystemError(what, path, error);
  }
}

/** The nox error for a system error at `path`; anything else comes back as it is. */
export function fileSystemError(what: string, path: string, error: unknown): unknown {
  if (error instanceof NoxError) return error;
  const errno = errnoOf(error);
  if (errno === null) return error;
  const data = { step: what, path, reason: errnoWords(errno), errno, state: null, profile: null };
  if (hasErrno(error, 'EACCES', 'EPERM', 'EROFS')) return new NoxError('not-permitted', data, error);
  return new NoxError('file-system', data, error);
}

/** The error of a step that the system refused, with what became of the change; any other comes back as it is. */
export function withState(error: unknown, state: ChangeState | null, profile: string | null): unknown {
  if (!isNoxError(error, 'file-system') && !isNoxError(error, 'not-permitted')) return error;
  return error.data.state === null ? new NoxError(error.code, { ...error.data, state, profile }, error.cause) : error;
}

/** Runs what only prepares a change: where the system refuses it, nothing is changed, whatever the preparation itself did. */
export async function beforeChange(run: () => Promise<void> | void): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (isNoxError(error, 'file-system') || isNoxError(error, 'not-permitted')) throw new NoxError(error.code, { ...error.data, state: 'unchanged', profile: null }, error.cause);
    throw error;
  }
}
