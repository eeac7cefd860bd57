// A server that speaks tus, as the npm packages @tus/server and @tus/file-store make it. Its uploads are under /files/.
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Marks a request that was shortened already. */
const SHORT = 'x-short';

/**
 * Starts it on a free port; it ends with this process. Beside tus it answers
 *
 * - `POST /files/-/cut?at=N`: the next request that would bring an upload beyond this many bytes brings it up to there, and hangs;
 * - `GET /files/-/state`: how many uploads there are, and whether one hangs;
 * - `GET /files/-/newest`: the bytes of the upload that was begun last.
 */
export function startTus() {
  const directory = mkdtempSync(join(tmpdir(), 'trackreel-tus-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const uploads = [];
  const tus = new Server({
    path: '/files',
    datastore: new FileStore({ directory }),
    onUploadCreate: async (_, { id }) => {
      uploads.push(id);
      return {};
    },
  });
  let cutAt = Infinity;
  let hangs = false;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const answer = (body) => response.setHeader('Access-Control-Allow-Origin', '*').end(body);
    const offset = Number(request.headers['upload-offset']);
    if (pathname === '/files/-/cut') {
      [cutAt, hangs] = [Number(searchParams.get('at')), false];
      answer();
    } else if (pathname === '/files/-/state') {
      answer(JSON.stringify({ uploads: uploads.length, hangs }));
    } else if (pathname === '/files/-/newest') {
      answer(uploads.length ? readFileSync(join(directory, uploads.at(-1))) : '');
    } else if (
      request.method === 'PATCH' &&
      !request.headers[SHORT] &&
      offset + Number(request.headers['content-length']) > cutAt
    ) {
      shorten(request, cutAt - offset);
      cutAt = Infinity;
    } else {
      void tus.handle(request, response);
    }
  });

  /** Passes this many bytes of a request on, and then nothing until it is aborted. */
  function shorten(request, left) {
    const headers = { ...request.headers, [SHORT]: 'yes' };
    const { port } = server.address();
    const passed = ask({ port, host: 'localhost', path: request.url, method: request.method, headers });
    passed.on('error', () => {});
    request.on('data', (bytes) => {
      passed.write(bytes.subarray(0, left));
      left = Math.max(0, left - bytes.length);
      hangs ||= left === 0;
    });
    request.on('close', () => passed.destroy());
  }

  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => {
      resolve({
        url: `http://localhost:${server.address().port}`,
        names: () => readdirSync(directory),
        close: () => server.close(),
      });
    });
    server.unref();
  });
}
