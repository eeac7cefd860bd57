import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The last sent file, as a server may keep it: each part is appended at its offset. It fails once in each. */
let sent = { path: '', bytes: Buffer.alloc(0), fails: true };

async function keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  if (request.method === 'GET') return void response.end(sent.bytes);
  if (sent.path !== pathname) sent = { path: pathname, bytes: Buffer.alloc(0), fails: true };
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const known = sent.bytes.length - Number(searchParams.get('offset'));
  if (known < 0) return void response.writeHead(409).end();
  // Within the second body.
  const dies = sent.fails && sent.bytes.length > 0;
  sent.fails &&= !dies;
  sent.bytes = Buffer.concat([sent.bytes, body.subarray(known, dies ? body.length / 2 : undefined)]);
  response.writeHead(dies ? 503 : 200).end();
}

/** A storage of one object in parts: the bytes of each part, and the object. */
let parts = new Map<number, Buffer>();
let object = Buffer.alloc(0);

async function store(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  switch (pathname) {
    case '/begin':
      parts = new Map();
      return void response.end('an-upload');
    case '/address':
      return void response.end(`/uploads/part?number=${JSON.parse(body.toString()).part}`);
    case '/part':
      parts.set(Number(searchParams.get('number')), body);
      return void response.setHeader('ETag', `"${searchParams.get('number')}"`).end();
    case '/complete':
      object = Buffer.concat(
        JSON.parse(body.toString()).parts.map(({ number }: { number: number }) => parts.get(number)!),
      );
      return void response.end();
    default:
      return void response.end(object);
  }
}

export default defineConfig({
  root: here('.'),
  base: './',
  worker: { format: 'es' },
  build: { outDir: here('../../target/docs-page'), emptyOutDir: true, target: 'es2022' },
  plugins: [
    {
      name: 'recordings',
      configurePreviewServer({ middlewares }) {
        middlewares.use('/recordings', keep).use('/uploads', store);
      },
    },
  ],
});
