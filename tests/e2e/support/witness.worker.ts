import { observations, type Observation } from './observation.js';

// Reads every frame that a track delivers, and reports all of them on request.
const observed: Observation[] = [];

self.onmessage = ({ data }: MessageEvent<{ frames: ReadableStream<VideoFrame> } | 'report'>) => {
  if (data === 'report') postMessage(observed);
  else void observe(data.frames);
};

async function observe(frames: ReadableStream<VideoFrame>): Promise<void> {
  for await (const observation of observations(frames)) observed.push(observation);
}
