import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Server } from './command.js';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** A server of files, as a host has it. */
export interface Site extends Server {
  /** The paths that were asked for, in order. */
  readonly asked: string[];
}

/** Serves a folder, each file with headers that go by its path. */
export async function serveFiles(
  folder: string,
  headersOf: (path: string) => Record<string, string> = () => ({}),
): Promise<Site> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    asked.push(path);
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    await readFile(join(folder, path)).then(
      (bytes) => response.writeHead(200, { 'content-type': type, ...headersOf(path) }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: `http://localhost:${port}/`, asked, [Symbol.asyncDispose]: close };
}
