import { MAX_WAITING } from './capture.js';
import type { TapEnded, TapRequest, TapSubscribed, TappedFrame } from './tap-messages.js';
import type { Shown } from './shown.js';

/** How long a key frame may take to come before it is asked for again, in milliseconds: senders ignore some requests. */
const KEY_MS = 600;

/** After this many failures in a row a key frame is asked for this many times less often: each goes to all who receive from the same sender. */
const MANY_FAILURES = 5;
const LESS_OFTEN = 16;

/** Ticks of RTP's video clock in a microsecond (RFC 3551, § 5: 90,000 a second). */
const RTP_TICKS_PER_US = 0.09;

/** A frame that is being decoded. */
interface Decoding {
  rtp: number;
  arrived: number;
}

/**
 * The frames of a tapped track, decoded here: every one that is received, from a key frame on.
 *
 * @param line - gives the ports of the tap
 * @param onMissed - gets how many frames could not be decoded, or found no place here
 * @param onLost - called when no more come
 */
export function tappedFrames(
  line: MessagePort,
  onMissed: (frames: number) => void,
  onLost: () => void,
): ReadableStream<Shown> {
  const waiting: Shown[] = [];
  let serve = () => {};
  const show = (shown: Shown) => {
    waiting.push(shown);
    if (waiting.length > MAX_WAITING) {
      waiting.shift()!.frame.close();
      onMissed(1);
    }
    serve();
  };
  const decoding = new TappedDecoder(show, onMissed);
  const start = () => {
    line.onmessage = ({ data }: MessageEvent<TapSubscribed | TapEnded>) => {
      if ('subscribed' in data) decoding.take(data.subscribed);
      else onLost();
    };
  };
  const pull = (controller: ReadableStreamDefaultController<Shown>) =>
    new Promise<void>((resolve) => {
      serve = () => {
        const shown = waiting.shift();
        if (!shown) return;
        serve = () => {};
        controller.enqueue(shown);
        resolve();
      };
      serve();
    });
  const cancel = () => {
    line.onmessage = null;
    line.close();
    decoding.close();
    for (const { frame } of waiting.splice(0)) frame.close();
  };
  return new ReadableStream({ start, pull, cancel }, { highWaterMark: 0 });
}

/** Decodes what a tap gives. */
class TappedDecoder {
  readonly #show: (shown: Shown) => void;
  readonly #onMissed: (frames: number) => void;
  #port: MessagePort | undefined;
  #decoder: VideoDecoder | undefined;
  /** What the decoder was made for. */
  #codec = '';
  /** Frames that the decoder has, by their timestamps, in their order. */
  readonly #decoding = new Map<number, Decoding>();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The last frame's, and its time since the first, in ticks. */
  #rtp: number | undefined;
  #ticks = 0;
  #hasBegun = false;
  /** How often in a row decoding has failed. */
  #failures = 0;

  constructor(show: (shown: Shown) => void, onMissed: (frames: number) => void) {
    this.#show = show;
    this.#onMissed = onMissed;
  }

  /** Takes frames from this port from now on, in the place of the one before. */
  take(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<TappedFrame | TapEnded>) => {
      if ('data' in data) this.#take(data);
    };
    this.#wantKey();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#port?.postMessage({ end: true } satisfies TapRequest);
    this.#port?.close();
    this.#forget();
  }

  #take(frame: TappedFrame): void {
    // AV1 begins with the same frame several times.
    if (frame.rtp === this.#rtp && !frame.spatialIndex) return;
    this.#ticks += this.#rtp === undefined ? 0 : (frame.rtp - this.#rtp) | 0;
    this.#rtp = frame.rtp;
    const isKey = frame.type === 'key';
    if (this.#timer !== undefined && !isKey) return this.#miss(1);
    // The decoder is too slow: all up to the next key frame is lost.
    if ((this.#decoder?.decodeQueueSize ?? 0) > MAX_WAITING) {
      this.#wantKey();
      return this.#miss(1);
    }
    const timestamp = Math.round(this.#ticks / RTP_TICKS_PER_US);
    try {
      if (isKey) this.#configure(frame);
      this.#decoding.set(timestamp, { rtp: frame.rtp, arrived: frame.received - performance.timeOrigin });
      this.#decoder!.decode(new EncodedVideoChunk({ type: frame.type ?? 'delta', timestamp, data: frame.data }));
    } catch {
      return this.#fail();
    }
    if (!isKey) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#hasBegun = true;
  }

  /** Makes a decoder, unless there is one of this codec. */
  #configure(frame: TappedFrame): void {
    const codec = codecOf(frame);
    if (this.#decoder?.state === 'configured' && codec === this.#codec) return;
    this.#forget();
    this.#codec = codec;
    const decoder = new VideoDecoder({
      output: (frame) => this.#output(frame),
      error: () => this.#decoder === decoder && this.#fail(),
    });
    this.#decoder = decoder;
    decoder.configure({ codec, optimizeForLatency: true });
  }

  #output(frame: VideoFrame): void {
    const decoded = this.#decoding.get(frame.timestamp);
    // Of another layer of the same picture.
    if (!decoded) return frame.close();
    // Frames come out in the order in which they were sent: those before it did not come out.
    for (const timestamp of this.#decoding.keys()) {
      this.#decoding.delete(timestamp);
      if (timestamp === frame.timestamp) break;
      this.#miss(1);
    }
    this.#failures = 0;
    this.#show({ frame, ...decoded });
  }

  /** What the decoder has is lost, and all up to the next key frame. */
  #fail(): void {
    this.#failures++;
    this.#forget();
    this.#wantKey();
  }

  #forget(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder && decoder.state !== 'closed') decoder.close();
    this.#miss(this.#decoding.size);
    this.#decoding.clear();
  }

  /** Frames before the first key frame are none of the recording. */
  #miss(frames: number): void {
    if (frames > 0 && this.#hasBegun) this.#onMissed(frames);
  }

  #wantKey(): void {
    let turns = this.#failures < MANY_FAILURES ? 0 : 1;
    const ask = () => {
      const isDue = this.#failures < MANY_FAILURES || turns++ % LESS_OFTEN === 0;
      if (isDue) this.#port?.postMessage({ key: true } satisfies TapRequest);
    };
    clearInterval(this.#timer);
    this.#timer = setInterval(ask, KEY_MS);
    ask();
  }
}

/** What decodes a codec that a sender calls by this name, unless the frame has to be inspected. */
const CODECS: Record<string, string> = {
  'video/vp8': 'vp8',
  'video/vp9': 'vp09.00.41.08',
  'video/av1': 'av01.0.09M.08',
  // Baseline, as WebRTC's.
  'video/h264': 'avc1.42e028',
};

/** A codec for a decoder, in RFC 6381's words, by its name in SDP; none of one that is not known. */
export function decoderCodec(mimeType: string): string | undefined {
  return CODECS[mimeType.toLowerCase()];
}

/** The codec of a key frame. */
function codecOf({ mimeType, data }: TappedFrame): string {
  const codec = decoderCodec(mimeType);
  if (!codec) throw new TypeError(`no decoder takes ${mimeType}`);
  return (codec.startsWith('avc1') && avcOf(new Uint8Array(data))) || codec;
}

/**
 * The profile and the level of the sequence parameter set in H.264's byte stream.
 *
 * @see ISO/IEC 14496-10, § 7.3.2.1.1 and Annex B
 */
function avcOf(bytes: Uint8Array): string | undefined {
  for (let at = 0; at + 6 < bytes.length; at++) {
    if (bytes[at] || bytes[at + 1] || bytes[at + 2] !== 1 || (bytes[at + 3]! & 31) !== 7) continue;
    const hex = Array.from(bytes.subarray(at + 4, at + 7), (byte) => byte.toString(16).padStart(2, '0'));
    return `avc1.${hex.join('')}`;
  }
  return undefined;
}
