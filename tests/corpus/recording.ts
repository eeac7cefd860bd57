import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input } from 'mediabunny';
import { Recorder, type Freeze } from 'trackreel';
import type { Shown } from '../../js/shown.js';

/** What a recorder made of a stream. */
export interface Recorded {
  /** The last report of each freeze. */
  freezes: Freeze[];
  /** The media times in the file, in seconds. */
  times: number[];
  /** Which of them are of key frames. */
  keys: boolean[];
  drops: Record<string, number>;
  blob: Blob;
}

/** Waits for a recorder's end, and reads its file. */
export async function finishedRecording(recorder: Recorder): Promise<Recorded> {
  const byBegin = new Map<number, Freeze>();
  recorder.addEventListener('freeze', ({ detail }) => byBegin.set(Math.round(detail.begin * 1000), detail));
  await new Promise<void>((resolve, reject) => {
    recorder.addEventListener('error', ({ detail }) => reject(detail));
    recorder.addEventListener('stop', () => resolve());
  });
  const blob = await recorder.export();
  const { drops } = recorder.progress;
  await recorder.reel?.delete();
  return { freezes: [...byBegin.values()], ...(await samplesIn(blob)), drops: { ...drops }, blob };
}

async function samplesIn(blob: Blob): Promise<Pick<Recorded, 'times' | 'keys'>> {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new Error('the file has no video');
    const [times, keys]: [number[], boolean[]] = [[], []];
    for await (const { timestamp, type } of new EncodedPacketSink(track).packets()) {
      times.push(timestamp);
      keys.push(type === 'key');
    }
    return { times, keys };
  } finally {
    input.dispose();
  }
}

/** Has a recorder take the frames that are handed over, instead of a track's, as fast as it takes them. */
export class Feed {
  readonly recorder: Recorder;
  readonly recorded: Promise<Recorded>;
  readonly #queue: VideoFrame[] = [];
  /** Frames that were handed to the worker as copies, and can be closed once those have gone. */
  readonly #sent: VideoFrame[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  #taken: (() => void) | undefined;

  constructor() {
    // Ahead of the worker's clock, so that a slow recorder detects no silence.
    const began = performance.now() + 3_600_000;
    const stream = new ReadableStream<Shown>(
      {
        pull: async (controller) => {
          while (this.#queue.length === 0 && !this.#ended) await new Promise<void>((wake) => (this.#wake = wake));
          const frame = this.#queue.shift();
          if (!frame) return controller.close();
          // Its arrival follows its timestamp, however fast the recorder takes it.
          const arrived = began + frame.timestamp / 1000;
          controller.enqueue({ frame, rtp: undefined, arrived });
          this.#sent.push(frame);
          if (this.#sent.length > 4) this.#sent.shift()?.close();
          this.#taken?.();
        },
      },
      { highWaterMark: 1 },
    );
    const track = new MediaStreamTrackGenerator({ kind: 'video' });
    const native = globalThis.MediaStreamTrackProcessor;
    globalThis.MediaStreamTrackProcessor = class {
      readable = stream;
    } as unknown as typeof native;
    this.recorder = new Recorder(track, { maxFps: Infinity, freeze: 'cut', bitrate: 1_000_000 });
    this.recorded = finishedRecording(this.recorder);
    // A failure is thrown at the end.
    this.recorded.catch(() => {});
    this.#start = this.recorder.start();
    globalThis.MediaStreamTrackProcessor = native;
  }

  readonly #start: Promise<void>;

  /** Hands a frame over; resolves when not too many wait. */
  async push(frame: VideoFrame): Promise<void> {
    await this.#start;
    this.#queue.push(frame);
    this.#wake?.();
    while (this.#queue.length > 4) await new Promise<void>((taken) => (this.#taken = taken));
  }

  /** No more frames will come. */
  async end(): Promise<Recorded> {
    this.#ended = true;
    this.#wake?.();
    const recorded = await this.recorded;
    for (const frame of this.#sent) frame.close();
    return recorded;
  }
}
