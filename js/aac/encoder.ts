import { Module, type Settings } from './module.js';
import { Stream, type AacChunk, type Samples } from './stream.js';

/** AAC-LC, as RFC 6381 writes it. */
const CODEC = 'mp4a.40.2';

/** Bits per second and channel where no bitrate is asked for. */
const BITRATE = 64_000;

/** What an encoder reports to. */
export interface AacEncoderInit {
  /** Is called for each chunk, with what decodes it where that is new. */
  output(chunk: AacChunk, metadata: { decoderConfig?: AudioDecoderConfig }): void;
  error(error: DOMException): void;
}

/**
 * An encoder of AAC-LC in the shape of `AudioEncoder` (https://www.w3.org/TR/webcodecs/#audioencoder-interface), as far as a
 * recorder uses it. It works where it is called, about 5 ms for each second of stereo, and never calls back before the call returns.
 */
export class AacEncoder {
  state: CodecState = 'unconfigured';
  encodeQueueSize = 0;
  readonly #module: Module;
  readonly #init: AacEncoderInit;
  #settings: Settings | undefined;
  #stream: Stream | undefined;
  /** What decodes the next chunk, until it is reported. */
  #news: AudioDecoderConfig | undefined;
  #last: Promise<void> = Promise.resolve();
  readonly #flushes = new Set<(error: DOMException) => void>();

  constructor(compiled: WebAssembly.Module, init: AacEncoderInit) {
    this.#module = new Module(compiled);
    this.#init = init;
  }

  /** How many samples a decoder gives before the first that was put in. The first chunk is this much earlier than that sample. */
  get priming(): number {
    return this.#module.priming;
  }

  /** What was encoded before is completed first. What is not supported arrives as an error. */
  configure({ codec, sampleRate, numberOfChannels, bitrate = BITRATE * numberOfChannels }: AudioEncoderConfig): void {
    if (this.state === 'closed') throw new DOMException(this.state, 'InvalidStateError');
    this.state = 'configured';
    this.#then(() => {
      this.#finish();
      const settings = { sampleRate, channels: numberOfChannels, bitrate };
      const refusal = codec === CODEC ? this.#module.create(settings) : `the codec must be ${CODEC}`;
      if (refusal) throw new DOMException(refusal, 'NotSupportedError');
      this.#settings = settings;
      this.#news = { codec, sampleRate, numberOfChannels, description: this.#module.description() };
    });
  }

  /** The samples are copied. They follow the ones before without a hole, whatever their timestamp. */
  encode({ planes, timestamp }: Samples): void {
    this.#check();
    const copies = planes.map((plane) => plane.slice());
    this.encodeQueueSize++;
    this.#then(() => {
      this.encodeQueueSize--;
      const settings = this.#settings!;
      if (copies.length !== settings.channels || copies.some(({ length }) => length !== copies[0]!.length)) {
        throw new DOMException(
          `there must be ${settings.channels} planes of the same length, not ${copies.map(({ length }) => length)}`,
          'EncodingError',
        );
      }
      this.#stream ??= new Stream(this.#module, settings, timestamp);
      this.#output(this.#stream.encode(copies));
    });
  }

  /** Completes what was encoded. What is encoded afterwards begins with its own timestamp, and with its own priming. */
  flush(): Promise<void> {
    this.#check();
    return new Promise((resolve, reject) => {
      this.#flushes.add(reject);
      this.#then(() => {
        if (this.#finish()) this.#module.create(this.#settings!);
        this.#flushes.delete(reject);
        resolve();
      });
    });
  }

  close(): void {
    if (this.state === 'closed') throw new DOMException(this.state, 'InvalidStateError');
    this.#end(new DOMException('closed', 'AbortError'));
  }

  #check(): void {
    if (this.state !== 'configured') throw new DOMException(this.state, 'InvalidStateError');
  }

  /** Does some work after what was asked before, unless the encoder is closed by then. */
  #then(work: () => void): void {
    this.#last = this.#last.then(() => {
      if (this.state === 'closed') return;
      try {
        work();
      } catch (error) {
        // What has no name of WebCodecs' is a failure of the module: a trap, or a mistake of ours.
        const reason =
          error instanceof DOMException ? error : new DOMException((error as Error).message, 'OperationError');
        this.#end(reason);
        this.#init.error(reason);
      }
    });
  }

  /** Whether there was a stream to finish. */
  #finish(): boolean {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream) this.#output(stream.finish());
    return stream !== undefined;
  }

  #output(chunks: Iterable<AacChunk>): void {
    for (const chunk of chunks) {
      if (this.state === 'closed') return;
      const decoderConfig = this.#news;
      this.#news = undefined;
      this.#init.output(chunk, decoderConfig ? { decoderConfig } : {});
    }
  }

  #end(error: DOMException): void {
    this.state = 'closed';
    for (const reject of this.#flushes) reject(error);
    this.#flushes.clear();
  }
}
