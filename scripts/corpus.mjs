// npm run corpus: frozen senders and moving ones through real codecs and a real recorder, which encodes them or keeps them as they are
// received, and the streams of an AI video server.
// A line of JSON for each case, and the metrics.
// `npm run corpus -- --only "VP8 grain"` runs the cases whose names have these words, `--only received` those that are kept as received.
import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { CASES, LIMITS as SENDERS_LIMITS } from '../tests/senders/plans.mjs';
import { buildPage, servePage } from './page.mjs';
import { startSender } from './senders.mjs';
import { ensureBrowsers, ensurePython } from './setup.mjs';

/** The limits of the metrics. */
const LIMITS = {
  false_cuts: 0,
  leftover_repeats_max: 3,
  cut_error_ms_max: 150,
  received_false_cuts: 0,
  received_leftover_repeats_max: 3,
  received_cut_error_ms_max: 150,
  received_lost_until_key_ms_max: 150,
  senders_false_cuts: SENDERS_LIMITS.false_cuts,
  senders_leftover_repeats_max: SENDERS_LIMITS.leftover_repeats,
  senders_motion_time_error: SENDERS_LIMITS.motion_time_error,
  senders_found_after_ms_max: SENDERS_LIMITS.found_after_ms,
};
const UNITS = {
  false_cuts: 'frames',
  leftover_repeats_max: 'frames',
  cut_error_ms_max: 'ms',
  received_false_cuts: 'frames',
  received_leftover_repeats_max: 'frames',
  received_cut_error_ms_max: 'ms',
  received_lost_until_key_ms_max: 'ms',
  senders_false_cuts: 'frames',
  senders_leftover_repeats_max: 'frames',
  senders_motion_time_error: 'of the length',
  senders_found_after_ms_max: 'ms',
};
const AIMS = {
  false_cuts: 'must be 0',
  leftover_repeats_max: 'aim 1, at most 3',
  cut_error_ms_max: 'aim 50, at most 150',
  received_false_cuts: 'must be 0',
  received_leftover_repeats_max: 'aim 1, at most 3',
  received_cut_error_ms_max: 'at most 150',
  received_lost_until_key_ms_max: 'at most 150',
  senders_false_cuts: 'must be 0',
  senders_leftover_repeats_max: `aim 1, at most ${LIMITS.senders_leftover_repeats_max}`,
  senders_motion_time_error: `at most ${LIMITS.senders_motion_time_error}`,
  senders_found_after_ms_max: `at most ${LIMITS.senders_found_after_ms_max}`,
};
/** The events and contents of a full run that are kept as received as well. */
const SELECTED = ['none', 'freeze-1.5', 'ten-short', 'fade'];
/** Two cores: an encoder each. */
const PAGES = 2;

const { only } = parseArgs({ options: { only: { type: 'string', default: '' } } }).values;
const CONFIG = 'tests/corpus/vite.config.ts';
const SENDERS_CONFIG = 'tests/senders/vite.config.ts';
await buildPackage();
await buildPage(CONFIG);
await buildPage(SENDERS_CONFIG);
ensureBrowsers();
const { reason } = ensurePython('senders');
const { launchChromium } = await import('./browser.mjs');
const server = await servePage(0, CONFIG);
const sendersServer = await servePage(0, SENDERS_CONFIG);
const browser = await launchChromium();

const metrics = Object.fromEntries(Object.keys(LIMITS).map((name) => [name, 0]));
const problems = [];
let erased = 0;
const started = Date.now();

const { codecs, contents, events } = await inPage((page) => page.evaluate(() => ({ ...globalThis.corpus })));
const words = only.split(' ').filter(Boolean);
const wanted = (name) => words.every((word) => name.split(' ').includes(word));
const synthetic = events.flatMap((event) =>
  codecs.flatMap((codec) =>
    contents.map((content) => ({
      name: `${codec} ${content} ${event}`,
      kind: 'synthetic',
      args: [codec, content, event],
    })),
  ),
);
const loopback = events.flatMap((event) =>
  codecs.map((codec) => ({ name: `${codec} loopback ${event}`, kind: 'loopback', args: [codec, event] })),
);
/** The same cases, kept as they are received: a selection of them, unless they are asked for by this word. */
const asReceived = (cases, kind) =>
  cases
    .filter(({ name }) => words.includes('received') || SELECTED.some((word) => name.split(' ').includes(word)))
    .map((one) => ({ ...one, name: `received ${one.name}`, kind }));
await work(
  [...synthetic, ...asReceived(synthetic, 'received')].filter(({ name }) => wanted(name)),
  PAGES,
);
// These run in real time, and need the machine for themselves.
await work(
  [...loopback, ...asReceived(loopback, 'receivedLoopback')].filter(({ name }) => wanted(name)),
  1,
);
const senders = Object.entries(CASES)
  .map(([name, plan]) => ({ name: `sender ${name}`, kind: 'sender', plan }))
  .filter(({ name }) => wanted(name));
if (reason && senders.length > 0) problems.push(`NOT RUN: the cases of SENDERS: ${reason}`);
const sender = !reason && senders.length > 0 ? await startSender() : undefined;
if (sender) await work(senders, 1);
sender?.close();
await browser.close();
await server.close();
await sendersServer.close();

for (const [name, value] of Object.entries(metrics)) {
  console.log(JSON.stringify({ name, value, unit: UNITS[name], against: AIMS[name] }));
  if (value > LIMITS[name]) problems.push(`${name} is ${value}: ${AIMS[name]}`);
}
console.error(
  `${Math.round((Date.now() - started) / 1000)} s; ${erased} frames set aside, since no motion of theirs arrived`,
);
for (const problem of problems) console.error(`corpus: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

async function inPage(use, { url } = server, ready = () => globalThis.corpus) {
  const page = await browser.newPage();
  page.on('console', (message) => console.error(`page: ${message.text()}`));
  try {
    await page.goto(url);
    await page.waitForFunction(ready);
    return await use(page);
  } finally {
    await page.close();
  }
}

async function work(cases, pages) {
  const next = async () => {
    for (let one = cases.shift(); one; one = cases.shift()) {
      // A page for each, so that none inherits another's memory or codecs.
      const done =
        one.kind === 'sender'
          ? inPage(
              (page) => send(page, one),
              sendersServer,
              () => globalThis.senders,
            )
          : inPage((page) => run(page, one));
      await done.catch(({ message }) => problems.push(`${one.name}: ${message}`));
    }
  };
  await Promise.all(Array.from({ length: pages }, next));
}

async function run(page, { name, kind, args }) {
  const outcome = await page.evaluate(([kind, args]) => globalThis.corpus[kind](...args), [kind, args]);
  console.log(JSON.stringify({ case: name, ...outcome }));
  erased += outcome.erased;
  const isReceived = name.startsWith('received ');
  const of = (metric) => (isReceived ? `received_${metric}` : metric);
  const raise = (metric, value) => (metrics[metric] = Math.max(metrics[metric], value));
  metrics[of('false_cuts')] += outcome.false_cuts;
  raise(of('leftover_repeats_max'), outcome.leftover_repeats);
  raise(of('cut_error_ms_max'), outcome.cut_error_ms);
  if (isReceived) raise('received_lost_until_key_ms_max', outcome.lost_until_key_ms);
}

async function send(page, { name, plan }) {
  const outcome = await page.evaluate(([url, plan]) => globalThis.senders.record(url, plan), [sender.url, plan]);
  console.log(JSON.stringify({ case: name, ...outcome }));
  const { false_cuts, leftover_repeats, motion_time_error, found_after_ms } = outcome;
  metrics.senders_false_cuts += false_cuts;
  metrics.senders_leftover_repeats_max = Math.max(metrics.senders_leftover_repeats_max, leftover_repeats);
  metrics.senders_motion_time_error = Math.max(metrics.senders_motion_time_error, motion_time_error);
  if (found_after_ms === null) problems.push(`${name}: a pause was not found`);
  // Of one frame a second, some more have to be waited for.
  if (plan.fps === 1) return;
  metrics.senders_found_after_ms_max = Math.max(metrics.senders_found_after_ms_max, found_after_ms ?? 0);
}
