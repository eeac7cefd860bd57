// The demo page: built into dist/, and served.
import { run } from './run.mjs';

const CONFIG = 'www/vite.config.ts';

/** Builds the page, as a user's project builds its own; or another page, by its own configuration. */
export async function buildPage(config = CONFIG) {
  await run('node_modules/.bin/vite', ['build', '--config', config, '--logLevel', 'warn'], { stdout: 2 });
}

/** Serves the built page; on a free port if none is given. `proxy` is other servers that answer for some paths. */
export async function servePage(port, config = CONFIG, proxy = {}) {
  const { preview } = await import('vite');
  const server = await preview({
    configFile: config,
    logLevel: 'warn',
    preview: { port: port ?? 0, strictPort: false, host: 'localhost', proxy },
  });
  const { address, port: taken } = server.httpServer.address();
  return { url: `http://localhost:${taken}/`, address, close: () => server.close() };
}
