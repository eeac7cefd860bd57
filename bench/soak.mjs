// Four recorders at once in one page, for long: whether they disturb each other.
import { setTimeout as sleep } from 'node:timers/promises';
import { proportional, residence } from './memory.mjs';
import { rounded, slope } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

const MB = 2 ** 20;

/** Records for so many seconds, with memory looked at from `warmUp` on, and an export of one of them every so many. */
export async function soak(url, { seconds, warmUp, exportEvery }) {
  const run = await withProfile((folder) =>
    inBrowser(folder, `${url}soak.html`, async (browser) => {
      const names = await browser.call('start');
      const started = performance.now();
      const elapsed = () => (performance.now() - started) / 1000;
      const points = [];
      let exports = 0;
      while (elapsed() < seconds) {
        const renderer = residence(browser.renderer).resident / MB;
        points.push({ x: elapsed() / 60, renderer, all: proportional(browser.pids()) / MB });
        if (elapsed() > (exports + 1) * exportEvery) {
          const { kept, samples } = await browser.call('export', exports % names.length);
          if (samples < kept) throw new Error(`an export has ${samples} samples, and ${kept} were kept before it`);
          exports++;
        }
        await sleep(1000);
      }
      const counts = await browser.call('stop');
      const files = [];
      for (let index = 0; index < names.length; index++) files.push(await browser.call('read', index));
      return { names, points, exports, counts, files };
    }),
  );
  check(run);
  return figures(run, { warmUp, seconds });
}

/** Throws unless each file has what its recorder kept, of its own source only, in order. */
function check({ names, counts, files }) {
  names.forEach((name, index) => {
    const { frames, received, drops } = counts[index];
    const { samples, frames: decoded, mixedUp, unreadable, notRising } = files[index];
    const dropped = Object.values(drops).reduce((sum, number) => sum + number, 0);
    if (frames + dropped !== received) {
      throw new Error(`${name}: of ${received} frames received, ${frames} were kept and ${dropped} left out`);
    }
    if (samples !== frames || decoded !== frames) {
      throw new Error(`${name}: ${frames} frames were kept, ${samples} are in the file, ${decoded} decode`);
    }
    if (mixedUp || unreadable || notRising) {
      throw new Error(
        `${name}: ${mixedUp} frames of others, ${unreadable} unreadable, ${notRising} not after the last`,
      );
    }
  });
}

function figures({ names, points, exports, counts, files }, { warmUp, seconds }) {
  const measured = points.filter(({ x }) => x * 60 >= warmUp);
  const of = (key) => rounded(slope(measured.map((point) => ({ x: point.x, y: point[key] }))), 3);
  const ends = (key) => `from ${rounded(measured[0][key], 1)} to ${rounded(measured.at(-1)[key], 1)} MB`;
  const sum = (list, key) => list.reduce((total, one) => total + one[key], 0);
  const each = names.map((name, index) => {
    const { frames, received, painted, drops } = counts[index];
    const left = Object.entries(drops).filter(([, number]) => number > 0);
    const reasons = left.map(([reason, number]) => `, ${reason}: ${number}`).join('');
    return `${name}: ${frames} of ${received} received, ${painted} painted${reasons}`;
  });
  const after = `after ${rounded(measured[0].x, 1)} min, at the end after ${rounded(measured.at(-1).x, 1)} min`;
  return [
    {
      name: 'soak-mixed-up',
      value: sum(files, 'mixedUp'),
      unit: 'frames',
      against:
        `${sum(files, 'frames')} frames decoded, each with its source's identity and a number above the last; ` +
        `${sum(files, 'unreadable')} unreadable; ${names.length} recorders in one page for ${seconds} s, with ${exports} exports in between`,
    },
    {
      name: 'soak-frames-kept',
      value: rounded((100 * sum(counts, 'frames')) / sum(counts, 'received'), 3),
      unit: '%',
      against: each.join('; '),
    },
    {
      name: 'soak-memory',
      value: of('renderer'),
      unit: 'MB a minute',
      against: `0; least squares of what is resident of the page's process, ${ends('renderer')}: ${after}`,
    },
    {
      name: 'soak-memory-of-browser',
      value: of('all'),
      unit: 'MB a minute',
      against: `0; all processes of the browser together, what they share counted once, ${ends('all')}`,
    },
  ];
}
