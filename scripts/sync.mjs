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
const ENGINES = ['chromium', 'firefox', 'webkitgtk'];
/** Those in which the recorder takes sound: in others a file without a beep is no failure. */
const WITH_SOUND = ['chromium', 'firefox'];
const CODECS = ['VP8', 'VP9', 'H264', 'AV1'];
const SCENARIOS = ['plain', 'pauses', 'stall', 'freezes', 'late-sound', 'late-picture', 'crash'];
/**
 * Bounds that a busy machine does not break. The limits of EBU R37 (sound 40 ms early to 60 ms late) and the aim of 45 ms are for a
 * quiet one: where it is busy, the browser plays what it receives by hundreds of milliseconds late, and its own recorder has that as well.
 * So a file is off if sound is this late on average, in milliseconds, or this many flashes have no beep, and a file of the browser's
 * recorder of the same stream is better by this much.
 */
const MEAN_MS = 100;
const BETTER_MS = 50;
const MISSING = 2;

const plan = readArguments();
await buildPackage();
await buildPage(CONFIG);
ensureBrowsers();
if (plan.engines.some((name) => name !== 'chromium')) ensureEngines();
const { measure } = await measuring();
const { url, close } = await servePage(0, CONFIG);

const files = [];
for await (const measurement of measure(url, plan)) {
  console.log(JSON.stringify(measurement));
  if (measurement.recorder) files.push(measurement);
}
await close();

const own = files.filter(({ recorder, flashes }) => recorder === 'trackreel' && flashes > 0);
const kept = files.filter(({ recorder, flashes }) => recorder === 'trackreel-received' && flashes > 0);
const most = (key, of = own) => Math.max(...of.map((measurement) => Math.abs(measurement[key])));
console.log(
  JSON.stringify({
    sync_ms_abs_max: most('worst_ms'),
    sync_ms_mean_abs_max: most('mean_ms'),
    sync_ms_sd_max: most('sd_ms'),
    // Of frames and packets as they were received.
    ...(kept.length > 0 && {
      received_sync_ms_abs_max: most('worst_ms', kept),
      received_sync_ms_mean_abs_max: most('mean_ms', kept),
      received_sync_ms_sd_max: most('sd_ms', kept),
    }),
  }),
);
const problems = files.filter(({ recorder }) => recorder === 'trackreel').flatMap(problemsOf);
if (own.length === 0 && plan.engines.some((name) => WITH_SOUND.includes(name)))
  problems.push('trackreel has recorded no beep');
for (const problem of problems) console.error(`sync: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** The faults of a file of trackreel's, if the browser's own recorder did better. */
function problemsOf(file) {
  const { engine, mean_ms, flashes, expected } = file;
  if (flashes === 0 && !WITH_SOUND.includes(engine)) return [];
  const isBeside = (other) => other.recorder.startsWith('native') && nameOf(other) === nameOf(file);
  const native = files.filter(isBeside).filter((other) => other.flashes >= flashes - MISSING);
  if (flashes === 0) return native.some((other) => other.flashes > MISSING) ? [`${nameOf(file)}: ${file.reason}`] : [];
  const isMissed = flashes < expected - MISSING && native.some((other) => other.flashes > flashes);
  const isBetter = (other) => Math.abs(other.mean_ms) < Math.abs(mean_ms) - BETTER_MS;
  const isOff = Math.abs(mean_ms) > MEAN_MS && native.some(isBetter);
  return [
    ...(isMissed ? [`${nameOf(file)}: ${flashes} of ${expected} flashes have a beep`] : []),
    ...(isOff ? [`${nameOf(file)}: sound is ${mean_ms} ms late on average`] : []),
  ];
}

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
  const usage = `usage: npm run sync -- [--quick] [--engines ${ENGINES}] [--codecs ${CODECS}] [--scenarios ${SCENARIOS}] [--seconds 20]`;
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
    return {
      engines: list('engines', ENGINES),
      codecs: list('codecs', CODECS, quick ? ['VP8'] : CODECS),
      scenarios: list('scenarios', SCENARIOS, quick ? ['plain', 'pauses'] : SCENARIOS),
      seconds,
      count: quick ? 3 : 10,
    };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
