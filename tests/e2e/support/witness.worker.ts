import { observations, type Observation } from './observation.js';

// Looks at every frame that a track delivers, and tells them all when it is asked.
const observed: Observation[] = [];

self.onmessage = ({ data }: MessageEvent<{ frames: ReadableStream<VideoFrame> } | 'report'>) => {
  if (data === 'report') postMessage(observed);
  else void observe(data.frames);
};

async function observe(frames: ReadableStream<VideoFrame>): Promise<void> {
  for await (const observation of observations(frames)) observed.push(observation);
}
