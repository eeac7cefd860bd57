import type { News, Task } from './messages.js';

/**
 * The constructor of encoders whose work is done by the OpenH264 module of the worker at the other end of this port: the shape
 * of `VideoEncoder` (https://www.w3.org/TR/webcodecs/#videoencoder-interface) as far as it is used here. Any number of them may
 * share a port.
 *
 * @returns once the module is loaded there
 * @throws Error if it can't be, with the reason
 */
export function openH264Over(port: MessagePort): Promise<OpenH264Constructor> {
  const encoders = new Map<number, OpenH264Encoder>();
  let ids = 0;

  class OpenH264Encoder {
    state: CodecState = 'unconfigured';
    encodeQueueSize = 0;
    #id = ++ids;
    #init: VideoEncoderInit;
    #flushes: [resolve: () => void, reject: (error: DOMException) => void][] = [];

    constructor(init: VideoEncoderInit) {
      this.#init = init;
      encoders.set(this.#id, this);
    }

    configure(configure: VideoEncoderConfig): void {
      this.#tell({ configure }, [], this.state === 'closed');
      this.state = 'configured';
    }

    encode(frame: VideoFrame, { keyFrame = false }: VideoEncoderEncodeOptions = {}): void {
      // The caller's own frame stays the caller's.
      const encode = frame.clone();
      try {
        this.#tell({ encode, key: keyFrame! }, [encode]);
      } catch (error) {
        encode.close();
        throw error;
      }
      this.encodeQueueSize++;
    }

    flush(): Promise<void> {
      return new Promise((...settle) => {
        this.#tell({ flush: true });
        this.#flushes.push(settle);
      });
    }

    close(): void {
      this.#tell({ close: true }, [], this.state === 'closed');
      this.#end('AbortError', 'closed');
    }

    #tell(task: object, transfer: Transferable[] = [], isWrong = this.state !== 'configured'): void {
      if (isWrong) throw new DOMException(this.state, 'InvalidStateError');
      port.postMessage({ id: this.#id, ...task } as Task, transfer);
    }

    #end(name: string, message: string): DOMException {
      const error = new DOMException(message, name);
      this.state = 'closed';
      encoders.delete(this.#id);
      for (const [, reject] of this.#flushes) reject(error);
      return error;
    }

    hear(news: Exclude<News, { ready: true }>): void {
      if ('failed' in news) {
        port.postMessage({ id: this.#id, close: true } satisfies Task);
        return this.#init.error(this.#end(news.name, news.failed));
      }
      if ('flushed' in news) return this.#flushes.shift()![0]();
      this.encodeQueueSize--;
      if (!news.done) return;
      const { chunk, config } = news.done;
      this.#init.output(new EncodedVideoChunk(chunk), config ? { decoderConfig: config } : {});
    }
  }

  return new Promise((resolve, reject) => {
    port.onmessage = ({ data }: MessageEvent<News>) => {
      if (!('ready' in data)) encoders.get(data.id)?.hear(data);
      else if (data.failed) {
        reject(new Error(data.failed));
        // It may have been ready before.
        for (const encoder of encoders.values()) encoder.hear({ id: 0, failed: data.failed, name: 'OperationError' });
      } else resolve(OpenH264Encoder);
    };
  });
}

/** Makes an encoder that stands in for the browser's own. */
export type OpenH264Constructor = new (
  init: VideoEncoderInit,
) => Pick<VideoEncoder, 'state' | 'encodeQueueSize' | 'configure' | 'encode' | 'flush' | 'close'>;
