import { locate, Recorder, tapPort } from 'trackreel';
import { copyTo } from 'trackreel/transform';
import type { Shown } from '../../js/shown.js';
import { OBSERVED_WORKER, settled } from './observed.js';
import { finishedRecording, type Recorded } from './recording.js';
import type { CodecName } from './sender.js';

/** Shortly before RTP timestamps wrap around to 0. */
const FIRST_RTP = 2 ** 32 - 90_000;

/** Has a recorder take encoded frames as if a receiver got them, and their pictures as if the browser showed them. */
export class ReceivedFeed {
  readonly #codec: CodecName;
  readonly #connection = new RTCPeerConnection();
  readonly #receiver = this.#connection.addTransceiver('video', { direction: 'recvonly' }).receiver;
  readonly #copy: ReturnType<typeof copyTo>;
  // Ahead of the worker's clock, so that a slow recorder detects no silence.
  readonly #began = performance.now() + 3_600_000;
  readonly #recorder: Recorder;
  readonly #recorded: Promise<Recorded>;
  #show: (shown: Shown) => void = () => {};

  private constructor(codec: CodecName, onKeyFrameRequest: () => void) {
    this.#codec = codec;
    this.#copy = copyTo(tapPort(this.#receiver), { sendKeyFrameRequest: async () => onKeyFrameRequest() });
    locate({ worker: OBSERVED_WORKER });
    const container = codec === 'VP8' ? 'webm' : 'mp4';
    const options = { maxFps: Infinity, freeze: 'cut', source: 'received', container } as const;
    this.#recorder = new Recorder(this.#receiver.track, options);
    this.#recorded = finishedRecording(this.#recorder);
    // A failure is thrown at the end.
    this.#recorded.catch(() => {});
  }

  /** Starts to record frames of this codec. */
  static async start(codec: CodecName, onKeyFrameRequest: () => void): Promise<ReceivedFeed> {
    const feed = new ReceivedFeed(codec, onKeyFrameRequest);
    const native = globalThis.MediaStreamTrackProcessor;
    globalThis.MediaStreamTrackProcessor = class {
      readable = new ReadableStream<Shown>({
        start: (controller) => void (feed.#show = (shown) => controller.enqueue(shown)),
      });
    } as unknown as typeof native;
    await feed.#recorder.start();
    globalThis.MediaStreamTrackProcessor = native;
    return feed;
  }

  /** Hands over a frame, and then its picture. Resolves when the recorder has dealt with them. */
  async push(chunk: EncodedVideoChunk, picture: VideoFrame): Promise<void> {
    const data = new ArrayBuffer(chunk.byteLength);
    chunk.copyTo(data);
    const rtp = (FIRST_RTP + Math.round(chunk.timestamp * 0.09)) % 2 ** 32;
    // Its arrival follows its timestamp, however fast the recorder takes it.
    const arrived = this.#began + chunk.timestamp / 1000;
    const metadata = { rtpTimestamp: rtp, receiveTime: arrived, mimeType: `video/${this.#codec}` };
    const frame = { data, type: chunk.type, timestamp: rtp, getMetadata: () => metadata };
    this.#copy(frame);
    this.#show({ frame: picture, rtp, arrived });
    // After a failure nothing is reported.
    await Promise.race([settled(rtp), this.#recorded]);
    picture.close();
  }

  /** No more frames will come. */
  async end(): Promise<Recorded> {
    await this.#recorder.stop();
    const recorded = await this.#recorded;
    this.#connection.close();
    return recorded;
  }
}
