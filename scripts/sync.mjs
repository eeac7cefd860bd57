// npm run sync: how well sound and picture are in sync, in milliseconds, read from decoded files. A line of JSON a measurement, for
// trackreel and for the browser's own recorder beside it, and one over all of trackreel's.
// `npm run sync -- --quick` is for the gate: it fails only where sync is lost. `--codecs VP8,AV1`, `--scenarios stall`,
// `--seconds 60`, `--engines chromium,firefox` choose.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers, ensureEngines } from './setup.mjs';

const CONFIG = 'tests/sync/vite.config.ts';
const CODECS = ['VP8', 'VP9', 'H264', 'AV1'];
/**
 * Bounds that a busy machine does not break. The limits of EBU R37 (sound 40 ms early to 60 ms late) are for single flashes on a quiet
 * one, and so is the aim of 45 ms; here the mean of a whole recording is to be within this, and so many flashes may be missing.
 */
const MEAN_MS = 100;
const MISSING = 2;

const { measure, SCENARIOS, ENGINES } = await measuring();
const { quick, ...plan } = readArguments();
await buildPackage();
await buildPage(CONFIG);
ensureBrowsers();
if (plan.engines.some((name) => name !== 'chromium')) ensureEngines();
const { url, close } = await servePage(0, CONFIG);

const own = [];
const problems = [];
for await (const measurement of measure(url, plan)) {
  console.log(JSON.stringify(measurement));
  if (measurement.recorder !== 'trackreel') continue;
  if ('reason' in measurement) {
    // The recorder takes sound from every engine that gives any.
    if (measurement.engine === 'chromium') problems.push(`${nameOf(measurement)}: ${measurement.reason}`);
    continue;
  }
  own.push(measurement);
  const { mean_ms, flashes, expected } = measurement;
  if (Math.abs(mean_ms) > MEAN_MS) problems.push(`${nameOf(measurement)}: sound is ${mean_ms} ms late on average`);
  if (flashes < expected - MISSING)
    problems.push(`${nameOf(measurement)}: ${flashes} of ${expected} flashes have a beep`);
}
await close();

const most = (key) => Math.max(...own.map((measurement) => Math.abs(measurement[key])));
console.log(
  JSON.stringify({
    sync_ms_abs_max: most('worst_ms'),
    sync_ms_mean_abs_max: most('mean_ms'),
    sync_ms_sd_max: most('sd_ms'),
  }),
);
for (const problem of problems) console.error(`sync: ${problem}`);
process.exitCode = problems.length > 0 || own.length === 0 ? 1 : 0;

function nameOf({ engine, path, codec, scenario }) {
  return [engine, path, codec, scenario].filter(Boolean).join(' ');
}

/** What drives the browsers and reads the files, which Node 20 can't read as TypeScript. */
async function measuring() {
  const { build } = await import('esbuild');
  const outfile = 'target/sync/measure.mjs';
  const entryPoints = ['tests/sync/measure.ts'];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  return import(pathToFileURL(resolve(outfile)).href);
}

function readArguments() {
  const usage = `usage: npm run sync -- [--quick] [--engines ${ENGINES}] [--codecs ${CODECS}] [--scenarios ${Object.keys(SCENARIOS)}] [--seconds 20]`;
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        engines: { type: 'string', default: 'chromium' },
        codecs: { type: 'string' },
        scenarios: { type: 'string' },
        seconds: { type: 'string' },
      },
    });
    const { quick } = values;
    const list = (name, all, fallback) => {
      const chosen = values[name]?.split(',').filter(Boolean) ?? fallback;
      const unknown = chosen.filter((one) => !all.includes(one));
      if (unknown.length > 0) throw new Error(`--${name} must be of ${all.join(', ')}, not '${unknown.join(', ')}'`);
      return chosen;
    };
    const seconds = Number(values.seconds ?? (quick ? 5 : 20));
    if (!(seconds >= 3 && seconds <= 120))
      throw new Error(`--seconds must be a number from 3 to 120, not '${values.seconds}'`);
    const scenarios = Object.keys(SCENARIOS);
    return {
      quick,
      engines: list('engines', ENGINES),
      codecs: list('codecs', CODECS, quick ? ['VP8'] : CODECS),
      scenarios: list('scenarios', scenarios, quick ? ['plain', 'pauses'] : scenarios),
      seconds,
      pauses: quick ? 3 : 10,
    };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
