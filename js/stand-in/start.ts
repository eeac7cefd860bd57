/// <reference path="../build.d.ts" />
import { launch, reasonOf } from '../launch.js';
import { locationOf } from '../locate.js';
import type { Kind, StandInBegin } from './messages.js';

/**
 * Starts the worker of a module that encodes for another worker, and gives it the port. Nothing if this was built without the module.
 *
 * @param lose - called with the reason if it can't be loaded, or crashes
 * @internal
 */
export function startStandIn(kind: Kind, port: MessagePort, lose: (reason: string) => void): Worker | undefined {
  if (!(kind === 'aac' ? WITH_AAC : WITH_OPENH264)) return undefined;
  try {
    const at = locationOf(`${kind}Worker`);
    const { worker, address } = launch(() =>
      at ? new Worker(at, { type: 'module', name: `trackreel-${kind.toLowerCase()}` }) : startBeside(kind),
    );
    worker.onerror = (event) => {
      event.preventDefault();
      if (event.message) lose(event.message);
      else void reasonOf(address).then(lose);
    };
    worker.postMessage({ port, wasm: locationOf(`${kind}Wasm`) } satisfies StandInBegin, [port]);
    return worker;
  } catch (error) {
    lose((error as Error).message);
    return undefined;
  }
}

/** Written out, as {@link startWorker} of the port is: bundlers look for it. */
function startBeside(kind: Kind): Worker {
  return kind === 'aac'
    ? new Worker(new URL('./aac-worker.js', import.meta.url), { type: 'module', name: 'trackreel-aac' })
    : new Worker(new URL('./openh264-worker.js', import.meta.url), { type: 'module', name: 'trackreel-openh264' });
}
