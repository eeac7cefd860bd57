import type { Progress } from 'trackreel';
import { element, setText } from './elements.js';
import { fileSize, roughTime } from './format.js';

const room = element('room', HTMLElement);

/** How often the browser is asked for the free space, in milliseconds. */
const INTERVAL_MS = 5000;

let freeBytes: number | undefined;
let bytesPerSecond: number | undefined;

/** Shows how much room the browser gives this page, and updates it every few seconds. */
export function pollRoom(): void {
  const update = async () => {
    // Some browsers do not report it.
    const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
    freeBytes = quota === undefined || usage === undefined ? undefined : Math.max(quota - usage, 0);
    show();
  };
  void update();
  setInterval(update, INTERVAL_MS);
}

/** Shows for how long that is enough at a recording's rate. */
export function showRoom({ duration: time, bytes }: Progress): void {
  bytesPerSecond = time > 1 && bytes > 0 ? bytes / time : undefined;
  show();
}

function show(): void {
  if (freeBytes === undefined) return setText(room, '');
  const forTime = bytesPerSecond === undefined ? '' : `, enough for ${roughTime(freeBytes / bytesPerSecond)}`;
  setText(room, `${fileSize(freeBytes)} free${forTime}`);
}
