// npm run corpus: frozen senders and moving ones through real codecs and a real recorder. A line of JSON a case, and three figures.
// `npm run corpus -- --only "VP8 grain"` runs the cases whose names have these words.
import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers } from './setup.mjs';

/** What the figures must not exceed. */
const LIMITS = { false_cuts: 0, leftover_repeats_max: 3, cut_error_ms_max: 150 };
const UNITS = { false_cuts: 'frames', leftover_repeats_max: 'frames', cut_error_ms_max: 'ms' };
const AIMS = {
  false_cuts: 'must be 0',
  leftover_repeats_max: 'aim 1, at most 3',
  cut_error_ms_max: 'aim 50, at most 150',
};
/** Two cores: an encoder each. */
const PAGES = 2;

const { only } = parseArgs({ options: { only: { type: 'string', default: '' } } }).values;
const CONFIG = 'tests/corpus/vite.config.ts';
await buildPackage();
await buildPage(CONFIG);
ensureBrowsers();
const { launchChromium } = await import('./browser.mjs');
const server = await servePage(0, CONFIG);
const browser = await launchChromium();

const figures = { false_cuts: 0, leftover_repeats_max: 0, cut_error_ms_max: 0 };
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
      asks: [codec, content, event],
    })),
  ),
);
const loopback = events.flatMap((event) =>
  codecs.map((codec) => ({ name: `${codec} loopback ${event}`, kind: 'loopback', asks: [codec, event] })),
);
await work(
  synthetic.filter(({ name }) => wanted(name)),
  PAGES,
);
// These run in real time, and need the machine for themselves.
await work(
  loopback.filter(({ name }) => wanted(name)),
  1,
);
await browser.close();
await server.close();

for (const [name, value] of Object.entries(figures)) {
  console.log(JSON.stringify({ name, value, unit: UNITS[name], against: AIMS[name] }));
  if (value > LIMITS[name]) problems.push(`${name} is ${value}: ${AIMS[name]}`);
}
console.error(
  `${Math.round((Date.now() - started) / 1000)} s; ${erased} frames set aside, since no motion of theirs arrived`,
);
for (const problem of problems) console.error(`corpus: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

async function inPage(use) {
  const page = await browser.newPage();
  page.on('console', (message) => console.error(`page: ${message.text()}`));
  try {
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.corpus);
    return await use(page);
  } finally {
    await page.close();
  }
}

async function work(cases, pages) {
  const next = async () => {
    for (let one = cases.shift(); one; one = cases.shift()) {
      // A page for each, so that none inherits another's memory or codecs.
      await inPage((page) => run(page, one)).catch(({ message }) => problems.push(`${one.name}: ${message}`));
    }
  };
  await Promise.all(Array.from({ length: pages }, next));
}

async function run(page, { name, kind, asks }) {
  const outcome = await page.evaluate(([kind, asks]) => globalThis.corpus[kind](...asks), [kind, asks]);
  console.log(JSON.stringify({ case: name, ...outcome }));
  erased += outcome.erased;
  figures.false_cuts += outcome.false_cuts;
  figures.leftover_repeats_max = Math.max(figures.leftover_repeats_max, outcome.leftover_repeats);
  figures.cut_error_ms_max = Math.max(figures.cut_error_ms_max, outcome.cut_error_ms);
}
