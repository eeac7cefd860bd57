import {
  TrackreelError,
  type ErrorCode,
  type Freeze,
  type Progress,
  type Scaled,
  type StorageSpace,
  type Stall,
  type StopReason,
} from 'trackreel';
import { button, element, onClick, setText } from './elements.js';
import { clockTime, roughTime } from './format.js';
import { SourceFailure } from './sources/source.js';

const status = element('status', HTMLElement);
const alert = element('error', HTMLElement);

/** Shows what was done, instead of the last error. */
export function showStatus(text: string): void {
  setText(alert, '');
  setText(status, text);
}

const ENDINGS: Record<Exclude<StopReason, 'error'>, string> = {
  stopped: 'Stopped.',
  'track-ended': 'The recording ended with its source.',
  limit: 'The recording reached its maximum length.',
};

/** Shows that the picture is static, or moves again. */
export function showFreeze({ begin, duration: length, ended }: Freeze): void {
  if (ended) showStatus(`The picture moves again. It was static for ${length.toFixed(1)} seconds.`);
  else showStatus(`The picture has not changed since ${clockTime(begin)}.`);
}

/** Shows that no video arrives, or that it arrives again. */
export function showStall({ duration: length, ended }: Stall): void {
  if (ended) showStatus(`Video arrives again, after ${length.toFixed(1)} seconds.`);
  else showStatus(`No video has arrived for ${length.toFixed(0)} seconds.`);
}

/** Shows how many reels of earlier sessions were removed. */
export function showCleanup(reels: number): void {
  if (reels > 0) showStatus(`Removed ${reels === 1 ? 'a reel' : `${reels} reels`} of earlier sessions.`);
}

/** Shows that there is not much room left. */
export function showSpace({ remaining: time }: StorageSpace): void {
  showStatus(`There is room for ${roughTime(time)} more. Delete reels you no longer need.`);
}

/** Shows that the file has smaller pictures than the received ones. */
export function showScaled({ from, to }: Scaled): void {
  const size = ({ width, height }: Scaled['to']) => `${width}×${height}`;
  showStatus(`Recorded at ${size(to)}: this browser encodes no pictures of ${size(from)}.`);
}

/** Shows why a recording ended, and how long it is. Failures and the loss of a source are shown already. */
export function showEnding(reason: StopReason, progress: Progress): void {
  const recorded = `${clockTime(progress.duration)} recorded.`;
  if (reason === 'track-ended') setText(status, `${ENDINGS[reason]} ${recorded}`);
  else if (reason !== 'error') showStatus(`${ENDINGS[reason]} ${recorded}`);
}

/** A remedy for an error, as a button. */
export interface WayOut {
  text: string;
  take: () => unknown;
}

/** Remedies that only the page as a whole can offer. */
export const waysOut: { reconnect?: () => unknown } = {};

/** Shows an error and a remedy, until an action succeeds. */
export function showError(error: unknown): void {
  setText(status, '');
  alert.replaceChildren(errorText(error));
  const way = wayOutOf(error);
  if (!way) return;
  const out = button(way.text);
  onClick(out, way.take, showError);
  alert.append(' ', out);
}

/** What happened and what a person can do about it; the error's own message has the details. */
const WORDS: Record<ErrorCode, string> = {
  'encoder-lost': 'The encoder failed. What was recorded before is kept below; record again to continue.',
  quota:
    'There is no room left on this device. What was recorded is kept: export it, or delete reels you no longer need.',
  storage:
    'The browser’s storage can’t be used. A private window or a full disk may be the reason: try an ordinary window.',
  unsupported: 'This browser can’t record that. Try its newest version, or another one.',
  'worker-lost':
    'The recording stopped unexpectedly. What was recorded before is kept below; load the page again to resume it.',
  disabled: 'Recording is switched off on this page.',
  upload: 'The recording could not be sent. It is kept here: send it again later.',
  'nothing-recorded': 'There is nothing to export yet: record a little first.',
  'no-such-reel': 'This reel is gone; it may have been deleted in another tab.',
  'invalid-source': 'There is no live video to record. Open the source again first.',
  'invalid-option': 'An option in the page’s address is not valid.',
  'invalid-state': 'That can’t be done now. Wait a moment, or close the tab that records this reel.',
};

/** An error in words for a person. */
export function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (error instanceof SourceFailure) return error.message;
  if (error instanceof TrackreelError) return `${WORDS[error.code]} (${error.message})`;
  return `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}

function wayOutOf(error: unknown): WayOut | undefined {
  if (error instanceof SourceFailure || (error instanceof TrackreelError && error.code === 'invalid-source')) {
    return waysOut.reconnect && { text: 'Try again', take: waysOut.reconnect };
  }
  if (!(error instanceof TrackreelError)) return undefined;
  switch (error.code) {
    case 'quota':
      return { text: 'Show the reels', take: () => element('reels-heading', HTMLElement).focus() };
    case 'worker-lost':
    case 'storage':
      return { text: 'Load the page again', take: () => location.reload() };
    default:
      return undefined;
  }
}
