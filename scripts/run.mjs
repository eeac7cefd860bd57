import { spawn } from 'node:child_process';

/** Runs a command with its output shown; on failure ends this script with the same code. Standard output goes to `stdout`. */
export function run(command, args, { env = {}, cwd, stdout = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['inherit', stdout, 'inherit'] });
    child.on('error', (error) => {
      console.error(`${command} can't be run: ${error.message}`);
      process.exit(1);
    });
    child.on('exit', (code, signal) => {
      if (code === 0) return resolve();
      console.error(`${command} ${args.join(' ')}: failed (${signal ?? `exit code ${code}`})`);
      process.exit(code || 1);
    });
  });
}

/**
 * Runs lanes of commands at the same time, each lane in its order. The output of the first is shown as it comes, that of the others when
 * all have ended. A command that fails ends its lane, and then this script with the same code.
 */
export async function runTogether(lanes) {
  const results = await Promise.all(lanes.map((commands, n) => lane(commands, n > 0)));
  for (const { output } of results) process.stdout.write(output);
  const failed = results.find(({ code }) => code !== 0);
  if (failed) process.exit(failed.code);
}

async function lane(commands, isHeld) {
  let output = '';
  for (const [command, ...args] of commands) {
    const code = await new Promise((resolve) => {
      const child = spawn(command, args, { stdio: isHeld ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text) => (output += text));
      child.on('error', (error) => {
        output += `${command} can't be run: ${error.message}\n`;
        resolve(1);
      });
      child.on('close', (code) => resolve(code ?? 1));
    });
    if (code === 0) continue;
    output += `${command} ${args.join(' ')}: failed (exit code ${code})\n`;
    return { output, code };
  }
  return { output, code: 0 };
}
