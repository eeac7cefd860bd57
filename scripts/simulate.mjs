// npm run simulate: records in simulated worlds, each from a seed, until the time is over. Prints the shortest sequence of inputs
// that goes wrong, if one does, and a line of JSON. `npm run simulate -- --seconds 600 --seed 7` begins with the world of seed 7;
// `--sequences 1` simulates no more than that one.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const TEST = 'recording::simulation::worlds_for_longer';

const { seconds, seed, sequences } = readArguments();
const output = await simulate({
  SIMULATE_SECONDS: String(seconds),
  SIMULATE_SEED: String(seed),
  ...(sequences && { SIMULATE_SEQUENCES: String(sequences) }),
});
// The test harness adds lines of its own before the story and after the line of JSON.
const lines = output.split('\n');
const result = lines.findLastIndex((line) => line.startsWith('{"sequences"'));
if (result === -1) {
  console.error(output);
  process.exit(1);
}
const story = lines.slice(0, result).filter((line) => line !== '' && !/^(?:running \d|test )/.test(line));
if (story.length > 0) console.log(story.join('\n'));
console.log(lines[result]);
process.exitCode = JSON.parse(lines[result]).failures > 0 ? 1 : 0;

/** Runs the test; gives what it prints. Cargo's own lines are shown. */
function simulate(env) {
  const args = ['test', '--locked', '--lib', TEST, '--', '--exact', '--ignored', '--nocapture'];
  return new Promise((resolve) => {
    const child = spawn('cargo', args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => {
      console.error(`cargo can't be run: ${error.message}`);
      process.exit(1);
    });
    child.on('close', () => resolve(output));
  });
}

function readArguments() {
  const usage = 'usage: npm run simulate -- [--seconds 60] [--seed 1] [--sequences 1000]';
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
        sequences: { type: 'string' },
      },
    });
    const number = (name, least) => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value >= least && value < 2 ** 32) return value;
      throw new Error(`--${name} must be a whole number from ${least}, not '${values[name]}'`);
    };
    const most = values.sequences === undefined ? undefined : number('sequences', 1);
    return { seconds: number('seconds', 1), seed: number('seed', 0), sequences: most };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
