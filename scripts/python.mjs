// Servers of the tests that are written in Python: tests/<name>/server.py, which prints its port and ends with its input.
import { spawn } from 'node:child_process';
import { ensurePython } from './setup.mjs';

/** Starts a server; gives its address. It ends with this process. */
export function startPython(name) {
  const { python, reason } = ensurePython(name);
  if (reason) throw new Error(reason);
  const child = spawn(python, [`tests/${name}/server.py`], { stdio: ['pipe', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the server of tests/${name} ended with code ${code}`)));
    child.stdout.once('data', (line) => {
      const { port } = JSON.parse(line);
      resolve({ url: `http://localhost:${port}`, close: () => child.stdin.end() });
    });
  });
}
