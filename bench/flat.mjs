// Whether memory grows with the length of a recording.
import { setTimeout as sleep } from 'node:timers/promises';
import { ownTogether, residence } from './memory.mjs';
import { rounded, slope } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

const FPS = 30;
const EVERY_MS = 500;
const MB = 2 ** 20;

/**
 * Records this many minutes of stream time, this many times as fast, and samples the memory after the warm-up. Garbage is
 * collected before each sample; `natural` minutes more are recorded without that.
 */
export async function flat(url, { minutes, warmUp, speed, natural }) {
  const held = await record(url, { minutes, speed, collect: true });
  const left = natural ? await record(url, { minutes: natural, speed, collect: false }) : undefined;
  return metricsOf(held, left, warmUp);
}

async function record(url, { minutes, speed, collect }) {
  const frames = Math.round(minutes * 60 * FPS);
  const run = await withProfile((folder) =>
    inBrowser(folder, `${url}flat.html`, async (browser) => {
      const started = performance.now();
      await browser.call('start', { frames, speed });
      const points = [];
      for (;;) {
        const { over, time } = await browser.call('state');
        if (over) break;
        if (collect) await browser.collectGarbage();
        const renderer = residence(browser.renderer).resident / MB;
        points.push({ x: time / 60, renderer, all: ownTogether(browser.pids()) / MB });
        await sleep(EVERY_MS);
      }
      const seconds = (performance.now() - started) / 1000;
      return { points, times: (minutes * 60) / seconds, ...(await browser.call('finish')) };
    }),
  );
  check(run, frames);
  return run;
}

/** Throws unless each frame is in the file, or was counted as dropped. */
function check({ reason, progress, packetCount, fed }, frames) {
  if (reason !== 'track-ended') throw new Error(`the recording ended with ${reason}`);
  const dropped = Object.values(progress.drops).reduce((sum, number) => sum + number, 0);
  if (fed !== frames || progress.received !== fed || progress.frames + dropped !== fed) {
    throw new Error(`of ${fed} frames fed, ${progress.frames} were kept and ${dropped} dropped`);
  }
  if (packetCount !== progress.frames) {
    throw new Error(`the file has ${packetCount} samples of ${progress.frames} frames kept`);
  }
}

function metricsOf({ points, times, progress, duration, fed }, left, warmUp) {
  const measured = points.filter(({ x }) => x >= warmUp);
  if (measured.length < 3) throw new Error('the recording was too short to see a slope');
  const of = (key) => rounded(slope(measured.map((point) => ({ x: point.x, y: point[key] }))), 3);
  const ends = (key) => `from ${rounded(measured[0][key], 1)} to ${rounded(measured.at(-1)[key], 1)} MB`;
  const span = `${rounded(measured.at(-1).x - measured[0].x, 1)} min of stream time after ${rounded(measured[0].x, 1)}`;
  const drops = Object.entries(progress.drops).filter(([, number]) => number > 0);
  const reasons = drops.map(([reason, number]) => `${reason}: ${number}`).join(', ') || 'none';
  const megabytes = rounded(progress.bytes / 1e6, 1);
  const all = [
    {
      name: 'flat-memory',
      value: of('renderer'),
      unit: 'MB a minute',
      against:
        `0; least squares of what is resident of the page's process, garbage collected before each of ${measured.length} samples ` +
        `over ${span}, ${ends('renderer')}; ${megabytes} MB were recorded, at ${rounded(times, 1)} times real time`,
    },
    {
      name: 'flat-memory-of-browser',
      value: of('all'),
      unit: 'MB a minute',
      against: `0; the same of all processes of the browser together, without files, what they share counted once, ${ends('all')}`,
    },
    {
      name: 'flat-frames-kept',
      value: rounded((100 * progress.frames) / fed, 3),
      unit: '%',
      against: `${fed} frames fed, ${progress.frames} kept and found in the file of ${rounded(duration, 1)} s; dropped: ${reasons}`,
    },
  ];
  if (!left) return all;
  const resident = left.points.map(({ renderer }) => renderer);
  return [
    ...all,
    {
      name: 'flat-memory-with-garbage',
      value: rounded(Math.max(...resident), 1),
      unit: 'MB at most',
      against:
        `${rounded(resident[0], 1)} MB at the start; resident of the page's process in a recording of its own of ${rounded(left.duration / 60, 1)} min ` +
        `at ${rounded(left.times, 1)} times real time, with garbage left to the browser; at the end ${rounded(resident.at(-1), 1)} MB`,
    },
  ];
}
