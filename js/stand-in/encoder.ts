import type { Kind, Kinds, StandInMessage, Task } from './messages.js';

/** What an encoder reports to: the shape of `VideoEncoderInit` and `AudioEncoderInit`. */
export interface StandInInit<K extends Kind> {
  output(chunk: Kinds[K]['chunk'], metadata?: { decoderConfig?: Kinds[K]['decoder'] }): void;
  error(error: DOMException): void;
}

/** An encoder in the shape of the browser's, as far as it is used here. */
export interface StandIn<K extends Kind> {
  readonly state: CodecState;
  readonly encodeQueueSize: number;
  configure(config: Kinds[K]['config']): void;
  encode(input: Kinds[K]['input'], options?: { keyFrame?: boolean }): void;
  flush(): Promise<void>;
  close(): void;
}

/** Makes an encoder that stands in for the browser's own. */
export type StandInConstructor<K extends Kind> = new (init: StandInInit<K>) => StandIn<K>;

/**
 * The constructor of encoders whose work is done by the module of the worker at the other end of this port: the shape of `VideoEncoder`
 * or `AudioEncoder` (https://www.w3.org/TR/webcodecs/#videoencoder-interface). Any number of them may share a port.
 *
 * @returns once the module is loaded there
 * @throws Error if it can't be, with the reason
 */
export function standInOver<K extends Kind>(
  port: MessagePort,
  newChunk: (parts: Kinds[K]['parts']) => Kinds[K]['chunk'],
): Promise<StandInConstructor<K>> {
  const encoders = new Map<number, Encoder>();
  let ids = 0;

  class Encoder implements StandIn<K> {
    state: CodecState = 'unconfigured';
    encodeQueueSize = 0;
    #id = ++ids;
    #init: StandInInit<K>;
    #flushes: [resolve: () => void, reject: (error: DOMException) => void][] = [];

    constructor(init: StandInInit<K>) {
      this.#init = init;
      encoders.set(this.#id, this);
    }

    configure(configure: Kinds[K]['config']): void {
      this.#send({ configure }, [], this.state === 'closed');
      this.state = 'configured';
    }

    encode(input: Kinds[K]['input'], { keyFrame: key = false }: { keyFrame?: boolean } = {}): void {
      // The caller's own input stays the caller's.
      const encode = input.clone();
      try {
        this.#send({ encode, key }, [encode]);
      } catch (error) {
        encode.close();
        throw error;
      }
      this.encodeQueueSize++;
    }

    flush(): Promise<void> {
      return new Promise((...settle) => {
        this.#send({ flush: true });
        this.#flushes.push(settle);
      });
    }

    close(): void {
      this.#send({ close: true }, [], this.state === 'closed');
      this.#end('AbortError', 'closed');
    }

    #send(task: object, transfer: Transferable[] = [], isWrong = this.state !== 'configured'): void {
      if (isWrong) throw new DOMException(this.state, 'InvalidStateError');
      port.postMessage({ id: this.#id, ...task }, transfer);
    }

    #end(name: string, message: string): DOMException {
      const error = new DOMException(message, name);
      this.state = 'closed';
      encoders.delete(this.#id);
      for (const [, reject] of this.#flushes) reject(error);
      return error;
    }

    hear(news: Exclude<StandInMessage<K>, { ready: true }>): void {
      if ('failed' in news) {
        port.postMessage({ id: this.#id, close: true } satisfies Task<K>);
        return this.#init.error(this.#end(news.name, news.failed));
      }
      if ('flushed' in news) return this.#flushes.shift()![0]();
      this.encodeQueueSize -= news.done;
      if (!news.encoded) return;
      const { chunk, config } = news.encoded;
      this.#init.output(newChunk(chunk), config ? { decoderConfig: config } : {});
    }
  }

  return new Promise((resolve, reject) => {
    port.onmessage = ({ data }: MessageEvent<StandInMessage<K>>) => {
      if (!('ready' in data)) encoders.get(data.id)?.hear(data);
      else if (data.failed) {
        reject(new Error(data.failed));
        // It may have been ready before.
        for (const encoder of encoders.values()) encoder.hear({ id: 0, failed: data.failed, name: 'OperationError' });
      } else resolve(Encoder);
    };
  });
}
