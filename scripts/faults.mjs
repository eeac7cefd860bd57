// npm run faults: kills the browser at random moments of recordings, starts it again, and checks what is left. In some, the site's data
// are removed before. A line of JSON.
// `npm run faults -- --times 20 --seed 7` kills it 20 times, at the same moments each run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers } from './setup.mjs';

/** The most seconds of arrived frames that a kill may cost. */
const LOST_S = 1;
const CONFIG = 'tests/faults/vite.config.ts';

const { times, seed } = readArguments();
await buildPackage();
await buildPage(CONFIG);
ensureBrowsers();
const { CLEARED, kindOf, planOf } = await import('../tests/faults/plan.mjs');
const { Session } = await import('../tests/faults/session.mjs');
const { Verdict } = await import('../tests/faults/verdict.mjs');
const readMovie = await movieReader();

const profile = mkdtempSync(join(tmpdir(), 'trackreel-faults-'));
process.on('exit', () => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
const server = await servePage(0, CONFIG);
const verdict = new Verdict();

const plan = planOf(seed, times);
let session = await Session.open(profile, server.url);
await session.connect(plan[0].received);
// Two reels that nothing may change.
for (const seconds of [1, 2.5]) await session.ask('record', seconds);
verdict.keep(await session.ask('recover', []));
for (const [i, moment] of plan.entries()) {
  const arrived = await record(moment);
  session = await Session.open(profile, server.url);
  const found = await session.ask('recover', verdict.hashes);
  report(i, moment, arrived, await verdict.judge({ found, arrived, movie: readMovie }));
  if (i < times - 1) await session.connect(plan[i + 1].received);
}
await session.close();
await server.close();

const metrics = { ...verdict.metrics(), seed };
console.log(JSON.stringify(metrics));
if (metrics.lost_s_max > LOST_S) verdict.problems.push(`${metrics.lost_s_max} s are lost: at most ${LOST_S} s may be`);
for (const problem of verdict.problems) console.error(`faults: ${problem}`);
process.exitCode = verdict.problems.length > 0 ? 1 : 0;

/** Records until the kill; gives the counters of the frames that arrived meanwhile, but not in a pause. */
async function record({ kind, received, actMs, killMs }) {
  if (kind === 'growing') await session.ask('scale', 2);
  await session.ask('start', kind === 'resumed' ? verdict.resume(kindOf(received)) : undefined);
  let from = session.arrived.length;
  await sleep(actMs);
  if (kind === 'export') await session.ask('keepExporting');
  if (kind === 'pause') await session.ask('pause');
  if (kind === 'growing') await session.ask('scale', 1);
  if (CLEARED.includes(kind)) {
    await session.clear(kind);
    verdict.forget();
    from = session.arrived.length;
  }
  const to = kind === 'pause' ? session.arrived.length : undefined;
  await sleep(killMs);
  await session.kill();
  return session.arrived.slice(from, to);
}

function report(i, { kind, received, actMs, killMs }, arrived, { last, missing, lost }) {
  const source = received ? `${received.codec} as received` : 'frames';
  const moment = `${kind.padEnd(9)} of ${source.padEnd(16)} ${((actMs + killMs) / 1000).toFixed(2)} s`;
  const arrival = arrived.length > 0 ? `${arrived[0]} to ${arrived.at(-1)} arrived` : 'nothing arrived';
  const file = last === null ? 'no file' : `${last} is the last in the file`;
  const hole = missing > 0 ? `, ${missing} frames missing before` : '';
  console.error(`kill ${i + 1} of ${times}: ${moment}; ${arrival}, ${file}${hole}, ${lost.toFixed(2)} s lost`);
}

/** What the end-to-end tests read files with. */
async function movieReader() {
  const { build } = await import('esbuild');
  const outfile = 'target/faults/movie.mjs';
  const entryPoints = ['tests/e2e/support/movie.ts'];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  return (await import(pathToFileURL(resolve(outfile)).href)).readMovie;
}

function readArguments() {
  const usage = 'usage: npm run faults -- [--times 10] [--seed 1]';
  try {
    const { values } = parseArgs({
      options: {
        times: { type: 'string', default: '10' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      },
    });
    const number = (name, least) => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value >= least && value < 2 ** 32) return value;
      throw new Error(`--${name} must be a whole number from ${least}, not '${values[name]}'`);
    };
    return { times: number('times', 1), seed: number('seed', 0) };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
