// The demo page: built into dist/, and served.
import { run } from './run.mjs';

const CONFIG = 'www/vite.config.ts';

/** Builds the page, as a user's project builds its own. */
export async function buildPage() {
  await run('node_modules/.bin/vite', ['build', '--config', CONFIG, '--logLevel', 'warn'], { stdout: 2 });
}

/** Serves the built page; on a free port if none is given. */
export async function servePage(port) {
  const { preview } = await import('vite');
  const server = await preview({
    configFile: CONFIG,
    logLevel: 'warn',
    preview: { port: port ?? 0, strictPort: false, host: 'localhost' },
  });
  const { address, port: taken } = server.httpServer.address();
  return { url: `http://localhost:${taken}/`, address, close: () => server.close() };
}
