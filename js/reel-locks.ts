// Web Locks of reels, beside the one that the recording worker holds: by them other tabs learn that a page is gone.

/** The reels that this page is recording, and what releases the lock of each. */
const recorded = new Map<string, () => void>();
/** The reels that are to stay for as long as this page is open. */
const kept = new Set<string>();
/** The reels of other pages whose end is waited for. */
const awaited = new Set<string>();

/** The lock of the worker that records a reel. */
const WORKER = 'trackreel:';
/** The lock of a page that records a reel. */
const LIVE = 'trackreel-live:';
/** The lock of a page that has recorded, exported or read a reel: no other page cleans it up. */
const PAGE = 'trackreel-page:';

/** How often to look whether the worker of a page that is gone has ended as well, in milliseconds, and how many times. */
const LOOK_MS = 100;
const LOOKS = 50;

/** Whether this page is recording a reel. @internal */
export function isLive(id: string): boolean {
  return recorded.has(id);
}

/** Notes that this page records a reel from now on. @internal */
export function beginLive(id: string): void {
  keepWhileOpen(id);
  const end = new Promise<void>((resolve) => recorded.set(id, resolve));
  void hold(LIVE + id, () => end, 'exclusive');
}

/** Notes that this page does not record a reel any more. @internal */
export function endLive(id: string): void {
  recorded.get(id)?.();
  recorded.delete(id);
}

/** Keeps a reel from being cleaned up by other pages until this page is closed. @internal */
export function keepWhileOpen(id: string): void {
  if (kept.has(id)) return;
  kept.add(id);
  void hold(PAGE + id, () => new Promise<never>(() => {}), 'shared');
}

/** Calls a function once when a reel that another page records is not recorded any more since that page is gone. @internal */
export function onPageGone(id: string, onGone: () => void): void {
  if (awaited.has(id) || isLive(id)) return;
  awaited.add(id);
  void hold(LIVE + id, () => {}, 'shared')
    .then(() => workerEnds(id))
    .then((isOver) => {
      // One that never ends is not waited for again.
      if (!isOver) return;
      awaited.delete(id);
      onGone();
    });
}

/** Whether the worker that records a reel ends within a few seconds. */
async function workerEnds(id: string): Promise<boolean> {
  for (let n = 0; n < LOOKS; n++) {
    const { held = [] } = await navigator.locks.query();
    if (!held.some(({ name }) => name === WORKER + id)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

/** Requests a lock. Where a page gets none, it goes without. */
async function hold(name: string, use: () => Promise<void> | void, mode: LockMode): Promise<void> {
  await navigator.locks?.request(name, { mode }, use).catch(() => new Promise<never>(() => {}));
}
