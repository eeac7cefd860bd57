import type { Freeze, Recorder } from 'trackreel';
import { freezeChoice } from './controls.js';
import { element } from './elements.js';
import { roughTime } from './format.js';
import { History, type Happening } from './history.js';
import { placeOf, showTimeline } from './timeline.js';

const strip = element('strip', HTMLElement);

const WORDS: Record<Happening, string> = { recorded: 'recorded', paused: 'paused', still: 'static picture' };

/** Shows on a strip, from left to right, when a recorder records, pauses or finds a static picture, as long as it is the shown one. */
export function followHistory(recorder: Recorder, isShown: () => boolean): void {
  let history: History | undefined;
  let still = false;
  const now = () => performance.now();
  const show = () => {
    if (!history || !isShown()) return;
    draw(history, recorder);
    showTimeline(history, recorder);
  };
  const change = () => {
    history?.change(recorder.paused ? 'paused' : still ? 'still' : 'recorded', now());
    show();
  };
  recorder.addEventListener('start', () => {
    still = false;
    const earlier = (recorder.reel?.duration ?? 0) * 1000;
    const keepsStill = freezeChoice.value !== 'cut';
    history = new History(recorder.paused ? 'paused' : 'recorded', now(), earlier, keepsStill);
    show();
  });
  recorder.addEventListener('pause', change);
  recorder.addEventListener('resume', change);
  recorder.addEventListener('freeze', ({ detail }: CustomEvent<Freeze>) => {
    still = !detail.ended;
    if (still) history?.still(now() - detail.duration * 1000, now());
    change();
  });
  recorder.addEventListener('progress', () => {
    history?.extend(now());
    show();
  });
  recorder.addEventListener('stop', () => {
    history?.extend(now());
    show();
    history = undefined;
  });
}

/** Painted, not laid out: a part that grows moves nothing. A pause shows the strip's own background. */
function draw(history: History, recorder: Recorder): void {
  const { spans } = history;
  const begin = spans[0]?.from ?? 0;
  const length = (spans.at(-1)?.to ?? 0) - begin || 1;
  const at = (time: number) => `${(((time - begin) / length) * 100).toFixed(2)}%`;
  const stops = spans.map(({ kind, from, to }) => `var(--${kind}) ${at(from)} ${at(to)}`);
  const layers = [`linear-gradient(to right, ${stops.join(', ')})`, 'var(--hatching)'];
  for (const mark of recorder.marks) {
    const x = at(placeOf(history, recorder, mark.time));
    const line = `transparent calc(${x} - 1px), var(--mark) 0 calc(${x} + 1px), transparent 0`;
    layers.unshift(`linear-gradient(to right, ${line})`);
  }
  strip.style.backgroundImage = layers.join(', ');
  const totals = (['recorded', 'paused', 'still'] as const)
    .map((kind) => ({ kind, seconds: history.total(kind) / 1000 }))
    .filter(({ seconds }) => seconds >= 1)
    .map(({ kind, seconds }) => `${roughTime(seconds)} ${WORDS[kind]}`);
  strip.setAttribute('aria-label', totals.length > 0 ? `So far: ${totals.join(', ')}` : 'Nothing recorded yet');
}
