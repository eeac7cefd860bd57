import { readCounter } from '../../../www/loopback/counter.js';

/** A frame that was seen. */
export interface Sighting {
  /** Its frame counter; null where it can't be read. */
  counter: number | null;
  /** The track's own timestamp, in seconds. */
  time: number;
}

// Reads the counter of every frame that a track delivers, and tells them all when it is asked.
const sightings: Sighting[] = [];
let luma = new Uint8Array();

self.onmessage = ({ data }: MessageEvent<{ frames: ReadableStream<VideoFrame> } | 'tell'>) => {
  if (data === 'tell') postMessage(sightings);
  else void watch(data.frames);
};

async function watch(frames: ReadableStream<VideoFrame>): Promise<void> {
  for await (const frame of frames) {
    const size = frame.allocationSize();
    if (luma.length < size) luma = new Uint8Array(size);
    const [plane] = await frame.copyTo(luma);
    const { width, height } = frame.visibleRect!;
    const { offset, stride } = plane!;
    const counter = readCounter(luma.subarray(offset), stride, width, height);
    sightings.push({ counter, time: frame.timestamp / 1e6 });
    frame.close();
  }
}
