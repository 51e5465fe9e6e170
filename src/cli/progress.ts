import ora from 'ora';
import type { Progress } from '../context.js';
import { mayBeTerminal } from '../fs/output.js';
import { watchStreams } from './print.js';

const SILENT: Progress = { update: () => undefined, end: () => undefined };
/** Milliseconds of work before anything is shown, and between two frames. */
const PATIENCE = 400;
const FRAME = 100;

/**
 * Progress on standard error by `ora` when that is a terminal, nothing when it is not. The work is synchronous, so a
 * frame is drawn from within `update`; as bundled, the library is loaded only when there is something to wait for.
 */
export function terminalProgress(bin: string): Progress {
  if (!mayBeTerminal(2)) return SILENT;
  const stream = process.stderr;
  // A terminal without a known width (0 columns, as under script(1)) cannot be drawn on line by line.
  if (!stream.isTTY || !(stream.columns > 0)) return SILENT;
  watchStreams(bin, [stream]);
  const started = Date.now();
  let spinner: ReturnType<typeof ora> | null = null;
  let drawn = 0;
  return {
    update(work, done, total) {
      const now = Date.now();
      if (now - started < PATIENCE || now - drawn < FRAME) return;
      drawn = now;
      spinner ??= ora({ stream, discardStdin: false, hideCursor: false }).start();
      spinner.text = `${work} ${done.toLocaleString('en')}/${total.toLocaleString('en')}`;
      spinner.render();
    },
    end() {
      spinner?.stop();
      spinner = null;
    },
  };
}
