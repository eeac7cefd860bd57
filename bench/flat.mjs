// Whether memory grows with the length of a recording.
import { setTimeout as sleep } from 'node:timers/promises';
import { proportional, residence } from './memory.mjs';
import { rounded, slope } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

const FPS = 30;
const EVERY_MS = 1000;
const MB = 2 ** 20;

/** Records so many minutes of stream time, so many times as fast, and looks at memory after those of the warm-up. */
export async function flat(url, { minutes, warmUp, speed }) {
  const frames = Math.round(minutes * 60 * FPS);
  const { points, seconds, result } = await withProfile((folder) =>
    inBrowser(folder, `${url}flat.html`, async (browser) => {
      const started = performance.now();
      await browser.call('start', { frames, speed });
      const points = [];
      for (let over = false; !over; await sleep(EVERY_MS)) {
        const state = await browser.call('state');
        over = state.over;
        const renderer = residence(browser.renderer).resident / MB;
        points.push({ x: state.time / 60, renderer, all: proportional(browser.pids()) / MB });
      }
      const seconds = (performance.now() - started) / 1000;
      return { points, seconds, result: await browser.call('finish') };
    }),
  );
  check(result, frames);
  return figures(result, points, { warmUp, times: (minutes * 60) / seconds });
}

/** Throws unless each frame is in the file, or was counted as left out. */
function check({ reason, progress, packetCount, fed }, frames) {
  if (reason !== 'track-ended') throw new Error(`the recording ended with ${reason}`);
  const dropped = Object.values(progress.drops).reduce((sum, number) => sum + number, 0);
  if (fed !== frames || progress.received !== fed || progress.frames + dropped !== fed) {
    throw new Error(`of ${fed} frames fed, ${progress.frames} were kept and ${dropped} left out`);
  }
  if (packetCount !== progress.frames) {
    throw new Error(`the file has ${packetCount} samples of ${progress.frames} frames kept`);
  }
}

function figures({ progress, duration, fed }, points, { warmUp, times }) {
  const measured = points.filter(({ x }) => x >= warmUp);
  if (measured.length < 3) throw new Error('the recording was too short to see a slope');
  const of = (key) => rounded(slope(measured.map((point) => ({ x: point.x, y: point[key] }))), 3);
  const ends = (key) => `from ${rounded(measured[0][key], 1)} to ${rounded(measured.at(-1)[key], 1)} MB`;
  const span = `${rounded(measured.at(-1).x - measured[0].x, 1)} min of stream time after ${rounded(measured[0].x, 1)}`;
  const drops = Object.entries(progress.drops).filter(([, number]) => number > 0);
  const reasons = drops.map(([reason, number]) => `${reason}: ${number}`).join(', ') || 'none';
  const megabytes = rounded(progress.bytes / 1e6, 1);
  return [
    {
      name: 'flat-memory',
      value: of('renderer'),
      unit: 'MB a minute',
      against:
        `0; least squares of what is resident of the page's process, once a second over ${span}, ${ends('renderer')}; ` +
        `${megabytes} MB were recorded, at ${rounded(times, 1)} times real time`,
    },
    {
      name: 'flat-memory-of-browser',
      value: of('all'),
      unit: 'MB a minute',
      against: `0; the same of all processes of the browser together, what they share counted once, ${ends('all')}`,
    },
    {
      name: 'flat-frames-kept',
      value: rounded((100 * progress.frames) / fed, 3),
      unit: '%',
      against: `${fed} frames fed, ${progress.frames} kept and found in the file of ${rounded(duration, 1)} s; left out: ${reasons}`,
    },
  ];
}
