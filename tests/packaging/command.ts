import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** Without colours, which Playwright asks for and addresses would be full of. */
const QUIET = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', FORCE_COLOR: '' };

/** Runs a command to its end, and returns its output; fails with all of its output. */
export async function run(command: string, args: string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, env: QUIET, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}\n${stdout}${stderr}`, { cause: error });
  }
}

/** A server that runs until the block that has it ends. */
export interface Server extends AsyncDisposable {
  url: string;
}

/** Starts a command that serves, and prints where. */
export function serve(command: string, args: string[], cwd: string): Promise<Server> {
  const child = spawn(command, args, { cwd, env: QUIET, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const close = () => {
    // On SIGTERM, some wait for the browser to disconnect.
    child.kill('SIGKILL');
    return ended;
  };
  return new Promise((resolve, reject) => {
    let output = '';
    const onOutput = (text: Buffer) => {
      output += String(text);
      const [url] = /http:\/\/localhost:\d+/.exec(output) ?? [];
      if (url) resolve({ url: `${url}/`, [Symbol.asyncDispose]: close });
    };
    child.stdout.on('data', onOutput);
    child.stderr.on('data', onOutput);
    child.on('error', reject);
    child.on('close', () => reject(new Error(`${command} ${args.join(' ')} ended before it served\n${output}`)));
  });
}
