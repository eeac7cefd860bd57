/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope;

/** The files of the page, relative to this one, and the build's identifier. The build sets both. */
declare const FILES: string[];
declare const BUILD: string;

const PREFIX = 'trackreel-page-';
const NAME = PREFIX + BUILD;

/** Past the browser's own cache, which may hold the page of an earlier build. */
async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
}

/** No page of an earlier build is open any more: this worker has waited for that. */
async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(others.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** From the network, so that no page is outdated; from the device without a network, or if the server has the file no more. */
async function answer(request: Request): Promise<Response> {
  const response = await fetch(request).catch((error: Error) => error);
  if (response instanceof Response && response.ok) return response;
  const cache = await caches.open(NAME);
  // A server that varies its answers by request has the same files for all of them.
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (kept) return kept;
  if (response instanceof Response) return response;
  throw response;
}

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = request.method === 'GET' && new URL(request.url).origin === self.location.origin;
  if (isOurs) event.respondWith(answer(request));
});

export {};
