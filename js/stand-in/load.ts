import { standInOver, type StandInConstructor } from './encoder.js';
import type { Kind, Kinds, StandInWanted } from './messages.js';

/** A module of one kind, as a recording worker sees it. */
export interface Loader<K extends Kind> {
  /** Has the page start a worker with the module, the first time that it is needed. */
  load(): Promise<StandInConstructor<K>>;
  /** Notes that this worker could not be loaded, or crashed. */
  lose(reason: string): void;
}

/** Loads a module of this kind when it is asked to. */
export function loaderOf<K extends Kind>(
  standIn: K,
  newChunk: (parts: Kinds[K]['parts']) => Kinds[K]['chunk'],
): Loader<K> {
  let encoders: Promise<StandInConstructor<K>> | undefined;
  let lose: ((reason: string) => void) | undefined;
  const load = () => {
    if (!encoders) {
      const { port1, port2 } = new MessageChannel();
      encoders = standInOver<K>(port1, newChunk);
      lose = (failed) => {
        // The next that needs it has it loaded again.
        encoders = undefined;
        port1.onmessage?.(new MessageEvent('message', { data: { ready: true, failed } }));
      };
      encoders.catch(() => (encoders = undefined));
      postMessage({ standIn, port: port2 } satisfies StandInWanted, { transfer: [port2] });
    }
    return encoders;
  };
  return { load, lose: (reason) => lose?.(reason) };
}
