import type { Freeze, Recorder } from 'trackreel';
import { element } from './elements.js';
import { roughTime } from './format.js';
import { History, type Happening } from './history.js';

const strip = element('strip', HTMLElement);

const WORDS: Record<Happening, string> = { recorded: 'recorded', paused: 'paused', still: 'still picture' };

/** Shows on a strip, from left to right, what a recorder does of the time that goes by. */
export function watchHistory(recorder: Recorder): void {
  let history: History | undefined;
  let still = false;
  const now = () => performance.now();
  const show = () => history && draw(history);
  const change = () => {
    history?.change(recorder.paused ? 'paused' : still ? 'still' : 'recorded', now());
    show();
  };
  recorder.addEventListener('start', () => {
    still = false;
    history = new History(recorder.paused ? 'paused' : 'recorded', now());
    show();
  });
  recorder.addEventListener('pause', change);
  recorder.addEventListener('resume', change);
  recorder.addEventListener('freeze', ({ detail }: CustomEvent<Freeze>) => {
    still = !detail.ended;
    if (still) history?.still(now() - detail.length * 1000, now());
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

function draw(history: History): void {
  const parts = history.spans.map(({ kind, from, to }, i) => {
    const part = (strip.children[i] as HTMLElement | undefined) ?? strip.appendChild(document.createElement('span'));
    part.dataset['kind'] = kind;
    part.style.flexGrow = String(Math.max(to - from, 1));
    return part;
  });
  while (strip.children.length > parts.length) strip.lastChild?.remove();
  const told = (['recorded', 'paused', 'still'] as const)
    .map((kind) => ({ kind, seconds: history.total(kind) / 1000 }))
    .filter(({ seconds }) => seconds >= 1)
    .map(({ kind, seconds }) => `${roughTime(seconds)} ${WORDS[kind]}`);
  strip.setAttribute('aria-label', told.length > 0 ? `So far: ${told.join(', ')}` : 'Nothing recorded yet');
}
