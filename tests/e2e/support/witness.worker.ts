import { readCounter } from '../../../www/loopback/counter.js';

// Reads the counter of every frame that a track delivers, and tells them all when it is asked.
const counters: (number | null)[] = [];
let luma = new Uint8Array();

self.onmessage = ({ data }: MessageEvent<{ frames: ReadableStream<VideoFrame> } | 'tell'>) => {
  if (data === 'tell') postMessage(counters);
  else void watch(data.frames);
};

async function watch(frames: ReadableStream<VideoFrame>): Promise<void> {
  for await (const frame of frames) {
    const size = frame.allocationSize();
    if (luma.length < size) luma = new Uint8Array(size);
    const [plane] = await frame.copyTo(luma);
    const { width, height } = frame.visibleRect!;
    const { offset, stride } = plane!;
    counters.push(readCounter(luma.subarray(offset), stride, width, height));
    frame.close();
  }
}
