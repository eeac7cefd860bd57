// Four recorders at once in one page, for long: whether they disturb each other.
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { ownTogether, residence } from './memory.mjs';
import { line, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

const POLL_MS = 250;
const MB = 2 ** 20;

/**
 * Records for this many seconds. Every `sampleEvery` seconds it collects garbage and samples the memory, and every
 * `exportEvery` seconds one of them is exported; the slope is from `warmUp` on. Then the same sources are encoded without a recorder for as
 * long: what the page grows by then is the browser's own.
 */
export async function soak(url, times) {
  const recorded = await recorders(url, times);
  check(recorded);
  const bare = await withProfile((folder) =>
    inBrowser(folder, `${url}soak.html`, async (browser) => {
      await browser.call('startBare');
      const { points } = await observe(browser, times);
      await browser.call('stopBare');
      return points;
    }),
  );
  return [...metricsOf(recorded, times.seconds), own(recorded.points, bare)];
}

/** Samples the memory for this many seconds. `onTurn` gets the seconds since the start, several times a second. */
export async function observe(browser, { seconds, warmUp, sampleEvery }, onTurn = async () => {}) {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const points = [];
  let most = 0;
  let nextSample = warmUp;
  while (elapsed() < seconds) {
    most = Math.max(most, residence(browser.renderer).resident / MB);
    if (elapsed() > nextSample) {
      await browser.collectGarbage();
      points.push({ x: elapsed() / 60, kept: (await browser.kept()) / MB, all: ownTogether(browser.pids()) / MB });
      nextSample += sampleEvery;
    }
    await onTurn(elapsed());
    await sleep(POLL_MS);
  }
  return { points, most };
}

function recorders(url, times) {
  return withProfile((folder) =>
    inBrowser(folder, `${url}soak.html`, async (browser) => {
      const names = await browser.call('start');
      let exports = 0;
      const { points, most } = await observe(browser, times, async (elapsed) => {
        if (elapsed <= (exports + 1) * times.exportEvery) return;
        const kept = await browser.call('export', exports % names.length);
        const samples = await samplesOf(await browser.takeBlob('exported'));
        if (samples < kept) throw new Error(`an export has ${samples} samples, and ${kept} were kept before it`);
        exports++;
      });
      const counts = await browser.call('stop');
      const files = [];
      for (let index = 0; index < names.length; index++) files.push(await browser.call('read', index));
      return { names, points, most, exports, counts, files };
    }),
  );
}

const lineOf = (points, key) => line(points.map((point) => ({ x: point.x, y: point[key] })));

/** How much more memory the page's process keeps with recorders than without. */
function own(recorded, bare) {
  const [all, without] = [lineOf(recorded, 'kept'), lineOf(bare, 'kept')];
  const list = (points) => points.map(({ kept }) => rounded(kept, 1)).join(' ');
  return {
    name: 'soak-memory-own',
    value: rounded(all.slope - without.slope, 3),
    unit: 'MB a minute',
    against:
      `0, with a standard error of ${rounded(Math.hypot(all.error, without.error), 3)}; the slope of soak-memory without that of the same ` +
      `sources and encoders without recorders, ${rounded(without.slope, 3)}; MB at each look: ${list(recorded)}; without: ${list(bare)}`,
  };
}

/** Read here, since another reader in the page would be measured with it. Counted by reading the samples, since the index may be wrong. */
async function samplesOf(bytes) {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const packets = new EncodedPacketSink(await input.getPrimaryVideoTrack());
  let samples = 0;
  for await (const { data } of packets.packets()) if (data.length > 0) samples++;
  return samples;
}

/** Throws unless each file has what its recorder kept, of its own source only, in order. */
function check({ names, counts, files }) {
  names.forEach((name, index) => {
    const { frames, received, drops } = counts[index];
    const { samples, frames: decoded, mixedUp, unreadable, notRising } = files[index];
    const dropped = Object.values(drops).reduce((sum, number) => sum + number, 0);
    if (frames + dropped !== received) {
      throw new Error(`${name}: of ${received} frames received, ${frames} were kept and ${dropped} dropped`);
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

function metricsOf({ names, points, most, exports, counts, files }, seconds) {
  const of = (key) => rounded(lineOf(points, key).slope, 3);
  const ends = (key) => `from ${rounded(points[0][key], 1)} to ${rounded(points.at(-1)[key], 1)} MB`;
  const sum = (list, key) => list.reduce((total, one) => total + one[key], 0);
  const each = names.map((name, index) => {
    const { frames, received, painted, drops } = counts[index];
    const left = Object.entries(drops).filter(([, number]) => number > 0);
    const reasons = left.map(([reason, number]) => `, ${reason}: ${number}`).join('');
    return `${name}: ${frames} of ${received} received, ${painted} painted${reasons}`;
  });
  const after = `after ${rounded(points[0].x, 1)} min, at the end after ${rounded(points.at(-1).x, 1)} min`;
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
      value: of('kept'),
      unit: 'MB a minute',
      against:
        `0; least squares of what the page's process has to itself without V8's young generations, garbage collected before each of ` +
        `${points.length} samples, ${ends('kept')}: ${after}; resident before a collection ${rounded(most, 1)} MB at most`,
    },
    {
      name: 'soak-memory-of-browser',
      value: of('all'),
      unit: 'MB a minute',
      against: `0; all processes of the browser together, without files, what they share counted once, ${ends('all')}`,
    },
  ];
}
