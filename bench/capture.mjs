// What recording a received track costs, and what it keeps: trackreel, the least a page can do, MediaRecorder, nothing at all, and
// another build of trackreel, in turn on the same live track.
import { cp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { bitratesOf } from './bitrates.mjs';
import { openPage } from './browser.mjs';
import { median, rounded } from './numbers.mjs';
import { usage, used } from './process-tree.mjs';

/**
 * `blind` is trackreel without freeze detection. `native` is a `MediaRecorder` with a `mimeType`, which encodes; `copying` one
 * without, which in Chromium writes the received frames as they came.
 */
const CONTENDERS = ['trackreel', 'blind', 'bare', 'native', 'copying', 'nothing'];
/** Where the page finds the other build. */
const BEFORE = 'target/bench-page/before';
/** A start costs once, and is not measured. */
export const SETTLE_MS = 1500;
const REST_MS = 300;

/**
 * The metrics of a source, over this many rounds of this many seconds for each contender. `against` is the folder of another build of
 * the package, to be measured beside this one. `connectMs` and `settleMs` are waited before the measurement.
 */
export async function capture(url, source, { rounds, seconds, against, connectMs, settleMs }) {
  await rm(BEFORE, { recursive: true, force: true });
  if (against) await cp(against, BEFORE, { recursive: true });
  const contenders = against ? [...CONTENDERS, 'before'] : CONTENDERS;
  const page = await openPage(url, source, connectMs);
  // What trackreel would choose is given to all that encode.
  const settings = { fps: source.fps, bitrate: bitratesOf(source).medium };

  // Loads and compiles what is needed once, and reports which H.264 it chose.
  await page.start('trackreel', settings);
  await sleep(SETTLE_MS);
  settings.codec = (await page.stop()).codec;
  if (against) {
    await page.start('before', settings);
    await sleep(SETTLE_MS);
    await page.stop();
  }

  const results = [];
  for (let round = 0; round < rounds; round++) {
    const result = {};
    for (const contender of order(contenders, round)) {
      result[contender] = await phase(page, contender, settings, seconds, settleMs);
      report(source, round, contender, result[contender]);
    }
    results.push(result);
  }
  await page.close();
  return metricsOf(source, settings, results, seconds);
}

/** Another contender is first in each round, and every other round is reversed, so that none always follows the same one. */
export function order(contenders, round) {
  const first = round % contenders.length;
  const rotated = [...contenders.slice(first), ...contenders.slice(0, first)];
  return round % 2 ? rotated.reverse() : rotated;
}

/** What a contender uses and records in this many seconds. */
export async function phase(page, contender, settings, seconds, settleMs = SETTLE_MS) {
  await page.start(contender, settings);
  await sleep(settleMs);
  const before = await sample(page);
  await sleep(seconds * 1000);
  const after = await sample(page);
  const counts = await page.stop();
  await sleep(REST_MS);
  const cpu = used(before.usage, after.usage);
  const wall = (after.time - before.time) / 1000;
  const frames = after.decoded - before.decoded;
  return { ...counts, cores: cpu / wall, rate: frames / wall, perFrame: cpu / frames };
}

async function sample(page) {
  const decoded = await page.decoded();
  return { decoded, time: performance.now(), usage: usage(page.pid) };
}

function report({ name }, round, contender, { cores, delivered, rate, received, frames, bytes }) {
  const counts = `${frames} frames of ${received} received, ${delivered} decoded (${rate.toFixed(1)} fps); ${bytes} B`;
  console.error(`${name} round ${round + 1} ${contender.padEnd(9)} ${cores.toFixed(3)} cores; ${counts}`);
}

function metricsOf(source, settings, results, seconds) {
  const of = (contender, key) => median(results.map((result) => result[contender][key]));
  const sum = (contender, key) => results.reduce((total, result) => total + result[contender][key], 0);
  const cores = (contender) => rounded(of(contender, 'cores'), 3);
  const perFrame = (contender) => `${rounded(of(contender, 'perFrame') * 1000, 2)} ms of CPU a frame`;
  const kept = (contender) => rounded((100 * sum(contender, 'frames')) / sum(contender, 'delivered'), 2);
  const type = (contender) => results[0][contender].codec;
  const lost = (contender) => sum(contender, 'received') - sum(contender, 'frames');
  // By frame, since a machine that others use too delivers now more and now fewer of them; and within a round, since it is
  // faster now and slower then.
  const all = (result, contender) => result[contender].perFrame;
  const ownPart = (result, contender) => all(result, contender) - all(result, 'nothing');
  const ratios = (cost, peer, contender = 'trackreel') =>
    results.map((result) => cost(result, contender) / cost(result, peer));
  const range = (numbers) => `${rounded(Math.min(...numbers), 2)} to ${rounded(Math.max(...numbers), 2)}`;
  const rounds = (...pair) => `median over the rounds, which gave ${range(ratios(all, ...pair))}`;
  const ratio = (name, pair, against) =>
    metric(name, rounded(median(ratios(all, ...pair)), 3), 'ratio', `${against} (${rounds(...pair)})`);

  const received = `${source.codec} received at ${rounded(of('trackreel', 'rate'), 1)} of ${source.fps} fps`;
  const how = `${received}, ${settings.codec} at ${settings.bitrate} bit/s, ${results.length} × ${seconds} s`;
  const metric = (name, value, unit, against) => ({ name: `capture-${source.name}-${name}`, value, unit, against });
  return [
    metric(
      'cpu',
      cores('trackreel'),
      'cores',
      `bare MediaStreamTrackProcessor + VideoEncoder loop: ${cores('bare')} cores, MediaRecorder: ${cores('native')} cores, ` +
        `MediaRecorder that copies: ${cores('copying')} cores, receiving alone: ${cores('nothing')} cores (${how})`,
    ),
    ratio('cpu-ratio', ['bare'], `bare loop: ${perFrame('bare')}; the aim is at most 1.05`),
    metric(
      'cpu-ratio-without-freeze',
      rounded(median(results.map((result) => all(result, 'blind') / all(result, 'bare'))), 3),
      'ratio',
      `bare loop; trackreel with freeze: 'keep', which inspects no pixels, like the loop: ${perFrame('blind')}; the aim is at most 1.05`,
    ),
    metric(
      'cpu-ratio-of-recording-alone',
      rounded(median(ratios(ownPart, 'bare')), 3),
      'ratio',
      `bare loop, both less ${perFrame('nothing')} for receiving alone: ` +
        `${rounded(median(results.map((result) => ownPart(result, 'bare'))) * 1000, 2)} ms`,
    ),
    ratio('cpu-ratio-to-native', ['native'], `MediaRecorder with ${type('native')}: ${perFrame('native')}`),
    ratio('cpu-ratio-to-receiving', ['nothing'], `receiving alone: ${perFrame('nothing')}`),
    ratio(
      'cpu-ratio-of-copying-to-receiving',
      ['nothing', 'copying'],
      `MediaRecorder without a type, which gives ${type('copying')}: ${perFrame('copying')}; receiving alone: ${perFrame('nothing')}`,
    ),
    ...(results[0].before
      ? [
          ratio(
            'cpu-ratio-to-before',
            ['before'],
            `the other build: ${perFrame('before')}; it lost ${lost('before')} frames`,
          ),
        ]
      : []),
    metric(
      'frames-kept',
      kept('trackreel'),
      '%',
      `${sum('trackreel', 'delivered')} frames decoded meanwhile, give or take one a round; ` +
        `bare loop: ${kept('bare')} %, MediaRecorder: ${kept('native')} %, MediaRecorder that copies: ${kept('copying')} %`,
    ),
    metric(
      'frames-lost',
      lost('trackreel'),
      'frames',
      `${sum('trackreel', 'received')} received (${reasons(results)}); bare loop: ${lost('bare')} of ${sum('bare', 'received')}`,
    ),
  ];
}

/** Why trackreel dropped frames, as it reports itself. */
function reasons(results) {
  const total = {};
  for (const { trackreel } of results) {
    for (const [reason, number] of Object.entries(trackreel.drops)) total[reason] = (total[reason] ?? 0) + number;
  }
  const named = Object.entries(total).filter(([, number]) => number > 0);
  return named.map(([reason, number]) => `${reason}: ${number}`).join(', ') || 'none dropped';
}
