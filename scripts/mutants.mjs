// npm run mutants: changes the pure parts in one place after another, and counts the changes that no test notices. Prints those,
// and a line of JSON. `npm run mutants -- --file src/mp4/mod.rs` changes one file; `--shard 0/8` an eighth of all.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureMutants } from './setup.mjs';

/** What the tests of one change may take: twelve times what they take without one. A change can make a loop endless. */
const TIMEOUT_S = 120;
/** The folders of src/ that are pure, and have their tests beside them. */
const PARTS = ['timeline', 'reel', 'mp4', 'codec', 'recording'];
const RESULTS = 'target/mutants';

const args = readArguments();
const cargoMutants = ensureMutants();
rmSync(`${RESULTS}/mutants.out`, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
await run([...args, '--output', RESULTS, '--timeout', String(TIMEOUT_S), '--colors', 'never']);
const { outcomes } = JSON.parse(readFileSync(`${RESULTS}/mutants.out/outcomes.json`, 'utf8'));
const count = (...summaries) => outcomes.filter(({ summary }) => summaries.includes(summary)).length;
const [caught, missed, unviable] = [count('CaughtMutant', 'Timeout'), count('MissedMutant'), count('Unviable')];
const share = Number(((100 * caught) / (caught + missed)).toFixed(1));
console.log(JSON.stringify({ mutants: caught + missed, caught, missed, unviable, caught_percent: share }));

/** Runs cargo-mutants, which shows what it does and ends with an error if a change was not noticed. */
function run(options) {
  const host = /^host: (.+)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1];
  const runner = fileURLToPath(new URL('quick-first.sh', import.meta.url));
  const env = { ...process.env, [`CARGO_TARGET_${host.toUpperCase().replaceAll('-', '_')}_RUNNER`]: runner };
  return new Promise((resolve) => {
    const child = spawn(cargoMutants, ['mutants', ...options], { env, stdio: ['ignore', 2, 2] });
    child.on('error', (error) => {
      console.error(`cargo-mutants can't be run: ${error.message}`);
      process.exit(1);
    });
    // 2: a change was missed. 3: one took too long.
    child.on('exit', (code) => ([0, 2, 3].includes(code) ? resolve() : process.exit(1)));
  });
}

function readArguments() {
  const usage = 'usage: npm run mutants -- [--file src/mp4/mod.rs] [--shard 0/8] [--jobs 2]';
  try {
    const { values } = parseArgs({
      options: {
        file: { type: 'string' },
        shard: { type: 'string' },
        jobs: { type: 'string', default: '1' },
      },
    });
    const { file, jobs, shard } = values;
    const files = file === undefined ? PARTS.map((part) => `src/${part}/*.rs`) : [file];
    return [
      ...files.flatMap((file) => ['--file', file]),
      '--jobs',
      jobs,
      ...(shard ? ['--shard', shard, '--sharding', 'round-robin'] : []),
    ];
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
