// What an export costs at any length: an hour, an hour of a tenth of the bytes, ten hours, put into the store and exported by
// a browser that has just started; and what others need for the hour.
import { setTimeout as sleep } from 'node:timers/promises';
import { withPeaks } from './memory.mjs';
import { median, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

const SAMPLES = 60;
const PACKETS = 100;
const FPS = 30;
const FAST_STARTS = ['in-memory', 'fragmented'];
const MB = 2 ** 20;

/** The metrics of hours of this many segments, from this many starts of a browser each, with this many further exports. */
export async function scale(url, { segments, starts, warmExports, nativeSeconds }) {
  const put = {
    hour: { segments, sampleBytes: 4096 },
    sound: { segments, sampleBytes: 4096, hasSound: true },
    thin: { segments, sampleBytes: 410 },
    ten: { segments: segments * 10, sampleBytes: 900 },
  };
  const reels = await exportsOfStored(url, put, { starts, warmExports });
  const peers = await mediabunny(`${url}peers.html`, segments, starts);
  const native = await mediaRecorder(`${url}peers.html`, nativeSeconds);
  return metricsOf({ ...reels, peers, native, nativeSeconds, starts });
}

/** Stores these reels in a new profile, and exports them: the costs of each, by name. */
export function exportsOfStored(url, put, counts) {
  return withProfile((folder) => exports(folder, `${url}scale.html`, put, counts));
}

/** Stores all reels at once, and exports each in its own browsers. */
async function exports(folder, url, put, counts) {
  const filled = await inBrowser(folder, url, async ({ call }) => {
    const reels = [];
    for (const [name, reel] of Object.entries(put)) {
      const digestsOf = comparedSamples(reel);
      reels.push({ name, ...reel, digestsOf, ...(await call('fill', { ...reel, digestsOf })) });
    }
    return reels;
  });
  const results = {};
  for (const reel of filled) results[reel.name] = await exportsOf(folder, url, reel, counts);
  return results;
}

/** Samples whose bytes are compared: the first, one in the middle, and a late one. */
function comparedSamples({ segments }) {
  const last = segments * SAMPLES - 1;
  return [0, Math.floor(last / 2), last - 7];
}

async function exportsOf(folder, url, reel, { starts, warmExports }) {
  const { name, id, segments, sampleBytes } = reel;
  const cold = [];
  let rest;
  for (let start = 0; start < starts; start++) {
    rest = await inBrowser(folder, url, async (browser) => {
      const list = await browser.call('find', id);
      cold.push({ list, ...(await withPeaks(browser, () => browser.call('export'))) });
      report(name, cold.at(-1));
      if (start + 1 < starts) return undefined;
      const file = await browser.call('read', reel.digestsOf);
      const warm = [];
      for (let n = 0; n < warmExports; n++) warm.push(await browser.call('export'));
      return { file, warm: median(warm), least: await browser.call('least', id) };
    });
  }
  check(name, rest.file, reel);
  const all = (key) => cold.map((one) => one[key]);
  return {
    ...rest,
    samples: segments * SAMPLES,
    bytes: segments * SAMPLES * sampleBytes + reel.soundBytes,
    first: median(all('value')),
    slowest: Math.max(...all('value')),
    renderer: Math.max(...all('renderer')),
    others: Math.max(...all('others')),
    list: median(all('list')),
  };
}

function report(name, { list, value, renderer, others }) {
  const megabytes = `${(renderer / MB).toFixed(1)} MB in the page's process, ${(others / MB).toFixed(1)} MB in others`;
  console.error(`scale ${name}: export ${value.toFixed(1)} ms, after ${list.toFixed(1)} ms for the list; ${megabytes}`);
}

/** Throws unless the file has every sample that was put, at its place. */
function check(name, file, put) {
  const { size, index, packetCount, duration, digests } = file;
  const samples = put.segments * SAMPLES;
  const expect = (what, found, expected) => {
    if (found !== expected) throw new Error(`the file of ${name} has ${found} ${what} instead of ${expected}`);
  };
  expect('samples', packetCount, samples);
  expect('bytes of samples', size - index, samples * put.sampleBytes + put.soundBytes);
  expect('ms', Math.round(duration * 1000), Math.round((samples * 1000) / FPS));
  expect('as digests of samples', digests.join(), put.digests.join());
  expect('packets of sound', file.soundPackets, put.hasSound ? put.segments * PACKETS : 0);
  expect('as digests of packets', file.soundDigests.join(), put.soundDigests.join());
}

/** Muxes the hour this many times, each in its own browser, since it needs much memory. */
async function mediabunny(url, segments, times) {
  const all = {};
  for (const fastStart of FAST_STARTS) {
    const runs = [];
    for (let time = 0; time < times; time++) {
      const run = await withProfile((folder) =>
        inBrowser(folder, url, async (browser) => {
          await browser.call('prepare', 4096);
          return withPeaks(browser, () => browser.call('mux', fastStart, segments * SAMPLES));
        }),
      );
      const { add, finalize } = run.value;
      console.error(
        `scale mediabunny ${fastStart}: add ${add.toFixed(1)} ms, finalize ${finalize.toFixed(1)} ms; ${(run.renderer / MB).toFixed(1)} MB`,
      );
      runs.push(run);
    }
    const of = (key) => median(runs.map(({ value }) => value[key]));
    all[fastStart] = { add: of('add'), finalize: of('finalize'), renderer: median(runs.map((run) => run.renderer)) };
  }
  return all;
}

async function mediaRecorder(url, seconds) {
  return withProfile((folder) =>
    inBrowser(folder, url, async (browser) => {
      await browser.call('startNative');
      await sleep(seconds * 1000);
      const { value, renderer } = await withPeaks(browser, () => browser.call('stopNative'));
      return { ...value, renderer };
    }),
  );
}

function metricsOf({ hour, sound, thin, ten, peers, native, nativeSeconds, starts }) {
  const ms = (number) => rounded(number, 1);
  const mb = (bytes) => rounded(bytes / MB, 1);
  const size = ({ samples, bytes }) => `${samples} samples, ${Math.round(bytes / 1e6)} MB`;
  const total = ({ add, finalize }) => add + finalize;
  const fastest = FAST_STARTS.map((name) => peers[name]).sort((one, other) => total(one) - total(other))[0];
  const muxed = FAST_STARTS.map((name) => {
    const { add, finalize } = peers[name];
    return `${name} ${Math.round(add)} ms to add, ${Math.round(finalize)} ms from there to the Blob`;
  }).join('; ');
  const kept = FAST_STARTS.map((name) => `${name} ${Math.round(peers[name].renderer / MB)} MB`).join(', ');
  const least = ({ least: { read, make } }) =>
    `plain getAll of the same records ${ms(read)} ms and one Blob of theirs ${ms(make)} ms`;
  const metric = (name, value, unit, against) => ({ name: `scale-${name}`, value, unit, against });
  const time = (name, one, aim) =>
    metric(
      name,
      ms(one.first),
      'ms',
      `${aim}${size(one)}; first export of a browser just started, median of ${starts} starts, slowest ${ms(one.slowest)} ms; ` +
        `later ones ${ms(one.warm)} ms; ${least(one)}; listing before it ${ms(one.list)} ms`,
    );
  const memory = (name, one, aim) =>
    metric(
      `${name}-memory`,
      mb(one.renderer),
      'MB',
      `${aim}most that the page's process had more than before, of ${starts} first exports; all other processes of the ` +
        `browser together: ${mb(one.others)} MB; the file's index is ${mb(one.file.index)} MB`,
    );
  const times = (number) => rounded(number, 2);
  return [
    time('hour', hour, 'the aim of at most 300 ms; '),
    memory('hour', hour, 'the aim of at most 16 MB; '),
    time('hour-with-sound', sound, `the aim of at most 350 ms; with ${sound.file.soundPackets} packets of sound; `),
    memory('hour-with-sound', sound, 'the aim of at most 20 MB; '),
    time('hour-tenth-of-bytes', thin, ''),
    memory('hour-tenth-of-bytes', thin, ''),
    time('ten-hours', ten, ''),
    memory('ten-hours', ten, ''),
    metric(
      'growth-by-samples',
      times(ten.first / hour.first),
      'ratio',
      `10 times the samples; 10 is linear; memory ${times(ten.renderer / hour.renderer)} times`,
    ),
    metric(
      'growth-by-bytes',
      times(hour.first / thin.first),
      'ratio',
      `10 times the bytes in as many samples; 1 is none; memory ${times(hour.renderer / thin.renderer)} times`,
    ),
    metric(
      'hour-to-mediabunny',
      rounded(total(fastest) / hour.first, 1),
      'times as fast',
      `the aim of at least 10; mediabunny 1.61 muxing as many packets from memory, medians of ${starts}: ${muxed}. Adding can be done while ` +
        `recording: from there alone its fastest takes ` +
        `${rounded(Math.min(...FAST_STARTS.map((name) => peers[name].finalize)) / hour.first, 1)} times as long`,
    ),
    metric(
      'hour-memory-to-mediabunny',
      rounded(Math.min(...FAST_STARTS.map((name) => peers[name].renderer)) / hour.renderer, 1),
      'times as little',
      `mediabunny, most that the page's process had more than before, without the packets it is given: ${kept}`,
    ),
    metric(
      'native-stop',
      ms(native.stop),
      'ms',
      `MediaRecorder from stop() to the Blob, after ${nativeSeconds} s of 720p (${mb(native.size)} MB, ` +
        `${mb(native.renderer)} MB more memory). Not comparable with an hour: it records in real time only, so this is of ` +
        `${nativeSeconds} s; it gives a file once, at its end, fragmented and without an index in front`,
    ),
  ];
}
