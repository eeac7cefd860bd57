import { sightings, type Sighting } from './sighting.js';

// Looks at every frame that a track delivers, and tells them all when it is asked.
const seen: Sighting[] = [];

self.onmessage = ({ data }: MessageEvent<{ frames: ReadableStream<VideoFrame> } | 'tell'>) => {
  if (data === 'tell') postMessage(seen);
  else void watch(data.frames);
};

async function watch(frames: ReadableStream<VideoFrame>): Promise<void> {
  for await (const sighting of sightings(frames)) seen.push(sighting);
}
