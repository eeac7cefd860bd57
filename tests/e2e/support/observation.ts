import { readCounter } from '../../../www/loopback/counter.js';

/** An observed frame. */
export interface Observation {
  /** Its frame counter; null where it can't be read. */
  counter: number | null;
  /** When it was captured, in seconds: by the sender's RTP timestamp, or else by the track's own. */
  time: number;
}

/** Ticks of RTP's video clock in a second (RFC 3551, § 5). */
const RTP_RATE = 90_000;

/** Follows a sender's clock of 32 bits. */
class Rtp {
  #last: number | undefined;
  #ticks = 0;

  /** When a frame was captured, in seconds since the first. */
  secondsOf(rtpTimestamp: number): number {
    this.#ticks += (rtpTimestamp - (this.#last ?? rtpTimestamp)) | 0;
    this.#last = rtpTimestamp;
    return this.#ticks / RTP_RATE;
  }
}

/** Reads the counter of every frame of a stream, as it comes. */
export async function* observations(frames: ReadableStream<VideoFrame>): AsyncGenerator<Observation> {
  let luma = new Uint8Array();
  const rtp = new Rtp();
  for await (const frame of frames) {
    const size = frame.allocationSize();
    if (luma.length < size) luma = new Uint8Array(size);
    const [plane] = await frame.copyTo(luma);
    const { width, height } = frame.visibleRect!;
    const { offset, stride } = plane!;
    const counter = readCounter(luma.subarray(offset), stride, width, height);
    // Chromium's own timestamp is an estimate, which a busy machine puts off by tenths of a second.
    const { rtpTimestamp } = (frame as VideoFrame & { metadata(): { rtpTimestamp?: number } }).metadata();
    const time = rtpTimestamp === undefined ? frame.timestamp / 1e6 : rtp.secondsOf(rtpTimestamp);
    frame.close();
    yield { counter, time };
  }
}
