import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What was sent to the server last, as a server may keep it: what comes behind what is there is appended. */
let sent = { path: '', bytes: Buffer.alloc(0) };

async function keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  if (request.method === 'GET') return void response.end(sent.bytes);
  if (sent.path !== pathname) sent = { path: pathname, bytes: Buffer.alloc(0) };
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  if (Number(searchParams.get('offset')) === sent.bytes.length) sent.bytes = Buffer.concat([sent.bytes, ...parts]);
  response.end();
}

export default defineConfig({
  root: here('.'),
  base: './',
  build: { outDir: here('../../target/docs-page'), emptyOutDir: true, target: 'es2022' },
  plugins: [
    {
      name: 'recordings',
      configurePreviewServer: ({ middlewares }) => void middlewares.use('/recordings', keep),
    },
  ],
});
