// What it costs to keep a received track as it is: against receiving alone, what Chromium's own recorder copies, and an encode, in turn. The
// track that is only received is not tapped, and has its own browser.
import { openPage } from './browser.mjs';
import { bitratesOf } from './bitrates.mjs';
import { order, phase, SETTLE_MS } from './capture.mjs';
import { median, rounded } from './numbers.mjs';

/**
 * All receive and decode the track, since the page shows it. `unwatched` inspects no pictures, `idle` is tapped and records nothing, and
 * `bare` is a processor and an encoder alone.
 */
const CONTENDERS = ['received', 'unwatched', 'idle', 'copying', 'bare', 'encoding'];
/** H.264's baseline, as the connection has it. */
const CODEC = 'avc1.42e028';

/** The metrics of a source over this many rounds of this many seconds for each contender. */
export async function received(url, source, { rounds, seconds, connectMs, settleMs = SETTLE_MS }) {
  const settings = { fps: source.fps, bitrate: bitratesOf(source).medium, codec: CODEC };
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const result = {};
    const alone = async () => {
      const page = await openPage(url, source, connectMs);
      result.nothing = await phase(page, 'nothing', settings, seconds, settleMs);
      await page.close();
    };
    const tapped = async () => {
      const page = await openPage(url, { ...source, tap: true }, connectMs);
      // Loads and compiles what is needed once. One round only shows that it works.
      if (rounds > 1) await phase(page, 'received', settings, 1);
      for (const contender of order(CONTENDERS, round)) {
        result[contender] = await phase(page, contender, settings, seconds, settleMs);
      }
      await page.close();
    };
    for (const measure of round % 2 ? [alone, tapped] : [tapped, alone]) await measure();
    for (const [name, { cores, perFrame, frames, bytes }] of Object.entries(result)) {
      const what = `${cores.toFixed(3)} cores, ${(perFrame * 1000).toFixed(2)} ms a frame; ${frames} frames, ${bytes} B`;
      console.error(`received ${source.name} round ${round + 1} ${name.padEnd(8)} ${what}`);
    }
    results.push(result);
  }
  const of = (name, key) => median(results.map((result) => result[name][key]));
  const perFrame = (name) => `${rounded(of(name, 'perFrame') * 1000, 2)} ms of CPU a frame`;
  const ratio = (metric, name, aim = '') => {
    const ratios = results.map((result) => result[name].perFrame / result.nothing.perFrame);
    const range = `${rounded(Math.min(...ratios), 2)} to ${rounded(Math.max(...ratios), 2)}`;
    const against = `receiving alone: ${perFrame('nothing')}; with it ${perFrame(name)}${aim}`;
    return {
      name: `${metric}_${source.name}`,
      value: rounded(median(ratios), 3),
      unit: 'ratio',
      against: `${against} (median of ${rounds} × ${seconds} s, which gave ${range})`,
    };
  };
  const sum = (key) => results.reduce((total, result) => total + result.received[key], 0);
  const recordedS = seconds + settleMs / 1000;
  const counted = results.map(({ received }) => JSON.stringify(received.drops)).join(' ');
  return [
    ratio('received_cpu', 'received', '; the aim is at most 1.02'),
    ratio('received_cpu_unwatched', 'unwatched'),
    ratio('received_cpu_tap_alone', 'idle'),
    ratio('received_cpu_native_copying', 'copying'),
    ratio('received_cpu_bare_loop', 'bare'),
    ratio('received_cpu_encoding', 'encoding'),
    {
      name: `received_latency_added_${source.name}`,
      value: rounded(median(results.map(({ received, nothing }) => received.latency - nothing.latency)), 1),
      unit: 'ms',
      against: `from the network to the screen: ${rounded(of('nothing', 'latency'), 1)} without a tap, which gave ${rangeOf(
        results.map(({ nothing }) => nothing.latency),
      )} by round; tapped ${rounded(of('idle', 'latency'), 1)}, recorded ${rounded(of('received', 'latency'), 1)}`,
    },
    {
      name: `received_frames_lost_${source.name}`,
      value: sum('received') - sum('frames') - sum('before'),
      unit: 'frames',
      against: `${sum('received')} that came, of which ${sum('before')} before the first key frame; drops: ${counted}`,
    },
    {
      name: `received_bytes_${source.name}`,
      value: rounded((8 * of('received', 'bytes')) / 1e6 / recordedS, 2),
      unit: 'Mbit/s on disk',
      against: `encoded: ${rounded((8 * of('encoding', 'bytes')) / 1e6 / recordedS, 2)}`,
    },
  ];
}

/** How far the file of each contender is from the received pictures. */
export async function* fidelity(url, source, { seconds, connectMs }) {
  const page = await openPage(url, { ...source, tap: true }, connectMs);
  const settings = { fps: source.fps, bitrate: bitratesOf(source).medium, codec: CODEC };
  for (const contender of ['received', 'copying', 'native', 'encoding']) {
    const { psnr, pictures } = await page.psnr(contender, settings, seconds);
    yield {
      name: `received_psnr_${contender}_${source.name}`,
      value: psnr === null ? 'infinite' : rounded(psnr, 1),
      unit: 'dB',
      against: `what was received: luma of ${pictures} pictures`,
    };
  }
  await page.close();
}

function rangeOf(numbers) {
  return `${rounded(Math.min(...numbers), 1)} to ${rounded(Math.max(...numbers), 1)}`;
}
