import type { Drops, Progress } from 'trackreel';
import { element, setText } from './elements.js';
import { clockTime, count, fileSize } from './format.js';

const time = element('time', HTMLElement);
const size = element('size', HTMLElement);
const frames = element('frames', HTMLElement);
const drops = element('drops', HTMLElement);
const reasons = element('drop-reasons', HTMLElement);

const REASONS: Record<keyof Drops, string> = {
  paused: 'while paused',
  maxFps: 'above the frame rate cap',
  timestamp: 'out of order',
  backpressure: 'encoder too busy',
  encoder: 'lost by the encoder',
};

const reasonValues = Object.entries(REASONS).map(([reason, label]) => {
  const row = document.createElement('div');
  const term = document.createElement('dt');
  const value = document.createElement('dd');
  term.textContent = label;
  value.textContent = '0';
  value.dataset['reason'] = reason;
  row.append(term, value);
  reasons.append(row);
  return [reason as keyof Drops, value] as const;
});

/** Shows how far the recording has come. */
export function showProgress(progress: Progress): void {
  setText(time, clockTime(progress.time));
  setText(size, fileSize(progress.bytes));
  setText(frames, count(progress.frames));
  let total = 0;
  for (const [reason, value] of reasonValues) {
    const dropped = progress.drops[reason];
    total += dropped;
    setText(value, count(dropped));
  }
  setText(drops, count(total));
}
