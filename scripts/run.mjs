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
