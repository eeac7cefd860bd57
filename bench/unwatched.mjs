// Tracks that are received and recorded as they come, in a tab behind another one without a media element, for long.
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { line, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';
import { observe } from './soak.mjs';

/**
 * Records for this many seconds, VP9 that nothing decodes for `undecodableS`. From `warmUp` on, every `sampleEvery` seconds it collects
 * garbage and samples the memory.
 */
export async function unwatched(url, { undecodableS, ...times }) {
  const run = await withProfile((folder) =>
    inBrowser(folder, `${url}unwatched.html`, async (browser) => {
      const undecodable = await browser.call('undecodable', undecodableS);
      await browser.hide();
      const isHidden = await browser.call('isHidden');
      const names = await browser.call('start');
      const { points } = await observe(browser, times);
      const counts = await browser.call('stop');
      const files = [];
      for (let index = 0; index < names.length; index++) {
        await browser.call('file', index);
        files.push(await contentsOf(await browser.takeBlob('exported')));
      }
      return { undecodable: { ...undecodable, seconds: undecodableS }, isHidden, names, points, counts, files };
    }),
  );
  check(run);
  return metricsOf(run, times.seconds);
}

/** The frames of a file, the longest time between two, in seconds, and the lengths of its tracks, in seconds. */
async function contentsOf(bytes) {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const video = await input.getPrimaryVideoTrack();
  const [length, sound] = [await video.computeDuration(), await (await input.getPrimaryAudioTrack()).computeDuration()];
  let [frames, longest, last] = [0, 0, undefined];
  for await (const { timestamp } of new EncodedPacketSink(video).packets()) {
    longest = Math.max(longest, timestamp - (last ?? timestamp));
    last = timestamp;
    frames++;
  }
  return { frames, longest, length, sound };
}

/** Frames that came, and are neither in the file nor from before its first key frame. */
function lostOf({ received, frames, drops }) {
  return received - frames - drops.network;
}

/** Throws unless each file has what its recorder kept, and that is all it could. */
function check({ names, counts, files }) {
  names.forEach((name, index) => {
    const { frames, source } = counts[index];
    if (source !== 'received') throw new Error(`${name}: frames are encoded`);
    if (files[index].frames !== frames)
      throw new Error(`${name}: ${frames} frames were kept, and ${files[index].frames} are in the file`);
  });
}

function metricsOf({ undecodable, isHidden, names, points, counts, files }, seconds) {
  const sum = (value) => names.reduce((total, _, index) => total + value(counts[index], files[index]), 0);
  const each = (text) => names.map((name, index) => `${name}: ${text(counts[index], files[index])}`).join('; ');
  const most = (value) => Math.max(...names.map((_, index) => value(counts[index], files[index])));
  const { slope, error } = line(points.map(({ x, kept }) => ({ x, y: kept })));
  const place = `${isHidden ? 'a hidden tab' : 'a tab behind another that reports itself visible'} without a media element, ${seconds} s`;
  return [
    {
      name: 'unwatched-lost',
      value: sum(lostOf),
      unit: 'frames',
      against: `0; of ${sum(({ received }) => received)} that came, ${sum(({ frames }) => frames)} are in the files; ${place}; ${each(
        ({ byStats, received, frames, drops }) =>
          `${received} received (getStats: ${byStats}), ${frames} in the file, ${drops.network} before a key frame, ${drops.missed} missed`,
      )}`,
    },
    {
      name: 'unwatched-gap',
      value: rounded(most((_, { longest }) => longest) * 1000, 0),
      unit: 'ms',
      against: `33, the sender's interval; the longest between two frames of a file; ${each(
        (_, { longest }) => `${rounded(longest * 1000, 0)} ms`,
      )}`,
    },
    {
      name: 'unwatched-length',
      value: rounded(
        most(({ wall }, { length }) => Math.abs(wall - length)),
        3,
      ),
      unit: 's',
      against: `0; the most that a file's length differs from the time between start() and stop(); ${each(
        ({ wall }, { length, sound }) =>
          `${rounded(length, 2)} s of ${rounded(wall, 2)}, its sound ${rounded(sound, 2)} s`,
      )}`,
    },
    {
      name: 'unwatched-memory',
      value: rounded(slope, 3),
      unit: 'MB a minute',
      against:
        `0, with a standard error of ${rounded(error, 3)}; least squares of what the page's process has to itself, garbage collected ` +
        `before each of ${points.length} samples, from ${rounded(points[0].kept, 1)} to ${rounded(points.at(-1).kept, 1)} MB`,
    },
    {
      name: 'unwatched-undecodable',
      value: undecodable.frames,
      unit: 'frames',
      against: `VP9 that nothing decodes, ${undecodable.seconds} s: ${undecodable.against}`,
    },
  ];
}
