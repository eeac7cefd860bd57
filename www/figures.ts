import type { Progress } from 'trackreel';
import { element, setText } from './elements.js';
import { clockTime, count, fileSize } from './format.js';

const time = element('time', HTMLElement);
const remaining = element('remaining', HTMLElement);
const size = element('size', HTMLElement);
const frames = element('frames', HTMLElement);
const drops = element('drops', HTMLElement);
const reasons = element('drop-reasons', HTMLElement);

const REASONS: Record<string, string> = {
  paused: 'while paused',
  maxFps: 'above the frame rate cap',
  freeze: 'repeats of a static picture',
  backpressure: 'encoder too busy',
  encoder: 'lost by the encoder',
  missed: 'missed by a busy page',
  network: 'lost, or before a key frame',
};

const reasonValues = new Map<string, HTMLElement>();

/** Shows how far the recording has come. */
export function showProgress(progress: Progress): void {
  setText(time, clockTime(progress.duration));
  setText(remaining, remainingText(progress));
  setText(size, fileSize(progress.bytes));
  setText(frames, count(progress.frames));
  let total = 0;
  for (const [reason, dropped] of Object.entries(progress.drops)) {
    total += dropped;
    setText(reasonValues.get(reason) ?? addReason(reason), count(dropped));
  }
  setText(drops, count(total));
}

/** The time until the limit, rounded: to the minute, then to the second. */
function remainingText({ remaining }: Progress): string {
  if (remaining === Infinity) return '';
  const seconds = Math.ceil(remaining - 0.05);
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} minutes left`;
  return seconds === 1 ? '1 second left' : `${seconds} seconds left`;
}

function addReason(reason: string): HTMLElement {
  const row = document.createElement('div');
  const term = document.createElement('dt');
  const value = document.createElement('dd');
  term.textContent = REASONS[reason] ?? reason;
  value.dataset['reason'] = reason;
  row.append(term, value);
  reasons.append(row);
  reasonValues.set(reason, value);
  return value;
}
