import { readCounter } from '../../../www/loopback/counter.js';

/** A frame that was seen. */
export interface Sighting {
  /** Its frame counter; null where it can't be read. */
  counter: number | null;
  /** The track's own timestamp, in seconds. */
  time: number;
}

/** Looks at every frame of a stream, as it comes. */
export async function* sightings(frames: ReadableStream<VideoFrame>): AsyncGenerator<Sighting> {
  let luma = new Uint8Array();
  for await (const frame of frames) {
    const size = frame.allocationSize();
    if (luma.length < size) luma = new Uint8Array(size);
    const [plane] = await frame.copyTo(luma);
    const { width, height } = frame.visibleRect!;
    const { offset, stride } = plane!;
    const counter = readCounter(luma.subarray(offset), stride, width, height);
    const time = frame.timestamp / 1e6;
    frame.close();
    yield { counter, time };
  }
}
