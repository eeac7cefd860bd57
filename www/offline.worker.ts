/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope;

/** The files of the page, relative to this one, and what tells one build of them from another. The build sets both. */
declare const FILES: string[];
declare const BUILD: string;

const PREFIX = 'trackreel-page-';
const NAME = PREFIX + BUILD;

async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(FILES);
  await self.skipWaiting();
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)),
  );
  await self.clients.claim();
}

/** From the network, so that nobody sees an old page; from the device where there is none. */
async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    // A server that tells apart who asks has the same files for all of them.
    const kept = await caches.match(request, { ignoreSearch: true, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = request.method === 'GET' && new URL(request.url).origin === self.location.origin;
  if (isOurs) event.respondWith(answer(request));
});

export {};
