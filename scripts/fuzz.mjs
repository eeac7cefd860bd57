// npm run fuzz: runs each target of fuzz/ on inputs that libFuzzer makes up. A line of JSON a target.
// `npm run fuzz -- --seconds 60 tables` runs one of them. `--keep` copies inputs that reach more code into fuzz/corpus/.
import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './run.mjs';
import { ensureFuzzer } from './setup.mjs';

/** The most bytes of an input: about a thousand samples. */
const LONGEST = 16_384;
/** What an input may take. */
const TIMEOUT_S = 10;
const MEMORY_MB = 1024;
/** The most that is kept: a test allows ten files more, for later finds. */
const KEPT = { files: 30, bytes: 80_000, bytesOfFile: 4096 };

const targets = readdirSync('fuzz/fuzz_targets').map((name) => name.replace(/\.rs$/, ''));
const { seconds, keep, wanted } = readArguments();
const cargoFuzz = ensureFuzzer();
// No code here is unsafe: an address sanitizer would find nothing, and needs a nightly Rust.
const options = ['--sanitizer', 'none', '--fuzz-dir', 'fuzz'];
options.push('--target-dir', process.env.CARGO_TARGET_DIR ?? 'target/fuzz/build');
await run(cargoFuzz, ['fuzz', 'build', ...options], { stdout: 2 });

let crashes = 0;
for (const target of wanted) {
  const results = await fuzz(target);
  if (keep) await keepSmall(target);
  console.log(JSON.stringify({ ...results, corpus: readdirSync(committed(target)).length }));
  crashes += results.crashes;
}
process.exitCode = crashes > 0 ? 1 : 0;

/** Runs a target until its time is over or an input breaks a property, which is then shown. */
async function fuzz(target) {
  mkdirSync(found(target), { recursive: true });
  const artifacts = `target/fuzz/artifacts/${target}/`;
  mkdirSync(artifacts, { recursive: true });
  const before = readdirSync(artifacts);
  const limits = [`-max_total_time=${seconds}`, `-max_len=${LONGEST}`, `-timeout=${TIMEOUT_S}`];
  limits.push(`-rss_limit_mb=${MEMORY_MB}`, `-artifact_prefix=${artifacts}`, '-print_final_stats=1');
  const began = performance.now();
  const { log, failed } = await libFuzzer(target, [found(target), committed(target)], limits);
  const took = (performance.now() - began) / 1000;
  const runs = Number(/^stat::number_of_executed_units: *(\d+)/m.exec(log)?.[1] ?? 0);
  // A slow unit is within the limit.
  const broken = readdirSync(artifacts).filter((name) => !before.includes(name) && !name.startsWith('slow-unit-'));
  if (failed) {
    console.error(/^.*panicked at[^]*?(?=\nstack backtrace)/m.exec(log)?.[0] ?? log);
    for (const name of broken) console.error(`fuzz: ${target} fails: ${artifacts}${name}`);
  }
  return { target, runs, seconds: Math.round(took), crashes: Math.max(broken.length, failed ? 1 : 0) };
}

/** Runs a target's binary; gives what it wrote. */
function libFuzzer(target, folders, limits) {
  const log = `target/fuzz/${target}.log`;
  const output = openSync(log, 'w');
  const args = ['fuzz', 'run', ...options, target, ...folders, '--', ...limits];
  return new Promise((resolve) => {
    const child = spawn(cargoFuzz, args, { stdio: ['ignore', output, output] });
    child.on('exit', (code) => {
      closeSync(output);
      resolve({ log: readFileSync(log, 'utf8'), failed: code !== 0 });
    });
  });
}

/** Copies inputs that reach code which no kept one reaches, those that reach the most first, as long as there is room. */
async function keepSmall(target) {
  const merged = mkdtempSync(join(tmpdir(), 'trackreel-fuzz-'));
  const kept = readdirSync(committed(target));
  for (const name of kept) copyFileSync(join(committed(target), name), join(merged, name));
  // Without counters, an input is new for the code that it reaches and not for how often.
  const limits = ['-set_cover_merge=1', '-use_counters=0', `-max_len=${KEPT.bytesOfFile}`];
  await libFuzzer(target, [merged, found(target)], limits);
  const writtenAt = (name) => statSync(join(merged, name), { bigint: true }).mtimeNs;
  const sizeOf = (name) => statSync(join(merged, name)).size;
  const added = readdirSync(merged).filter((name) => !kept.includes(name));
  // libFuzzer writes them in that order.
  added.sort((one, other) => Number(writtenAt(one) - writtenAt(other)));
  let [files, bytes] = [kept.length, kept.reduce((sum, name) => sum + sizeOf(name), 0)];
  for (const name of added) {
    if (files + 1 > KEPT.files || bytes + sizeOf(name) > KEPT.bytes) break;
    copyFileSync(join(merged, name), join(committed(target), name));
    files += 1;
    bytes += sizeOf(name);
  }
  rmSync(merged, { recursive: true });
}

/** The inputs that are in the repository. */
function committed(target) {
  return `fuzz/corpus/${target}`;
}

/** The inputs that were found on this machine. */
function found(target) {
  return `target/fuzz/found/${target}`;
}

function readArguments() {
  const usage = `usage: npm run fuzz -- [--seconds 600] [--keep] [${targets.join(' | ')}]`;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seconds: { type: 'string', default: '600' }, keep: { type: 'boolean', default: false } },
    });
    const seconds = Number(values.seconds);
    if (!Number.isInteger(seconds) || seconds < 1)
      throw new Error(`--seconds must be a whole number from 1, not '${values.seconds}'`);
    const unknown = positionals.find((name) => !targets.includes(name));
    if (unknown !== undefined) throw new Error(`there is no target '${unknown}'`);
    return { seconds, keep: values.keep, wanted: positionals.length > 0 ? positionals : targets };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
