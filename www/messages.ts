import {
  TrackreelError,
  type ErrorCode,
  type Freeze,
  type Progress,
  type Reel,
  type Space,
  type StopReason,
} from 'trackreel';
import { element, setText } from './elements.js';
import { clockTime } from './format.js';

const status = element('status', HTMLElement);
const alert = element('error', HTMLElement);

/** Says what was done; the last error is over then. */
export function showStatus(text: string): void {
  setText(alert, '');
  setText(status, text);
}

const ENDINGS: Record<Exclude<StopReason, 'error'>, string> = {
  stopped: 'Stopped.',
  'track-ended': 'The connection was closed, and the recording ended with it.',
  limit: 'The recording reached its longest length, and ended there.',
};

/** Says that the picture stands still, or moves again. */
export function showFreeze({ begin, length, ended }: Freeze): void {
  if (ended) showStatus(`The picture moves again. It stood still for ${length.toFixed(1)} seconds.`);
  else showStatus(`The picture has not changed since ${clockTime(begin)}.`);
}

/** Says that a recording of an earlier visit was interrupted, if one was. */
export function showFound(reels: Reel[]): void {
  const interrupted = reels.filter(({ state }) => state === 'interrupted').length;
  if (interrupted === 0) return;
  const what = interrupted === 1 ? 'A recording was' : `${interrupted} recordings were`;
  showStatus(`${what} interrupted before. Go on with it below, or download it.`);
}

/** Says what was removed of earlier visits. */
export function showCleanup(reels: number): void {
  if (reels > 0) showStatus(`Removed ${reels === 1 ? 'a reel' : `${reels} reels`} of earlier visits.`);
}

/** Says that there is not much room left. */
export function showSpace({ time }: Space): void {
  showStatus(`There is room for ${Math.floor(time)} more seconds. Delete reels you no longer need.`);
}

/** Says why a recording ended, and how long it is. What failed was said before. */
export function showEnding(reason: StopReason, progress: Progress): void {
  if (reason !== 'error') showStatus(`${ENDINGS[reason]} ${clockTime(progress.time)} recorded.`);
}

/** Says what went wrong, until something goes right. */
export function showError(error: unknown): void {
  setText(status, '');
  setText(alert, errorText(error));
}

/** What the user can do about it; the error's own message says the rest. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  'encoder-lost': 'The encoder failed. What was recorded before is kept below.',
  quota:
    'There is no room left on this device. What was recorded is kept: export it, or delete reels you no longer need.',
  storage: 'The browser’s storage can’t be used. A private window or full disk may be the reason.',
  unsupported: 'This browser can’t do that.',
  'worker-lost': 'The recording stopped unexpectedly. What was recorded before is kept below.',
  disabled: 'Recording is switched off on this page.',
  'nothing-recorded': 'There is nothing to export yet.',
  'no-such-reel': 'This reel is gone; it may have been deleted in another tab.',
  'invalid-source': 'There is no live video to record. Reconnect first.',
};

function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return `Something went wrong: ${String(error)}`;
  const advice = error instanceof TrackreelError ? ADVICE[error.code] : undefined;
  return advice ? `${advice} (${error.message})` : error.message;
}
