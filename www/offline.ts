/** Has the page kept on the device, so that it opens without a network from the next time on. */
export async function goOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Some browsers refuse in private windows; the page then needs a network, as others do.
  await navigator.serviceWorker.register(new URL('offline.js', document.baseURI)).catch(() => {});
}
