/// <reference path="../build.d.ts" />
import { launch, reasonOf } from '../launch.js';
import { locationOf } from '../locate.js';
import type { Kind, StandInBegin } from './messages.js';

/**
 * Starts the worker of a module that encodes for another worker, and gives it the port.
 *
 * @param lose - called with the reason if it can't be loaded, or crashes
 * @returns nothing if it can't be started
 * @internal
 */
export function startStandIn(kind: Kind, port: MessagePort, lose: (reason: string) => void): Worker | undefined {
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

/** Written out, as the recording worker is: bundlers look for it, and ship what they find. */
function startBeside(kind: Kind): Worker {
  if (WITH_OPENH264 && kind === 'openH264') {
    return new Worker(new URL('./openh264-worker.js', import.meta.url), {
      type: 'module',
      name: 'trackreel-openh264',
    });
  }
  if (WITH_AAC && kind === 'aac') {
    return new Worker(new URL('./aac-worker.js', import.meta.url), { type: 'module', name: 'trackreel-aac' });
  }
  throw new Error(`this package was built without ${kind}`);
}
