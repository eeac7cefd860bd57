import { Sight, type Sighting } from './sight.js';

/** What to watch, or the question what was seen. */
export type WitnessMessage = { frames: ReadableStream<VideoFrame> } | { track: MediaStreamTrack } | 'tell';

const sightings: Sighting[] = [];
const sight = new Sight();

addEventListener('message', ({ data }: MessageEvent<WitnessMessage>) => {
  if (data === 'tell') return postMessage(sightings);
  if ('track' in data && typeof MediaStreamTrackProcessor === 'undefined') return postMessage(false);
  const frames = 'track' in data ? framesOf(data.track as MediaStreamVideoTrack) : data.frames;
  postMessage(true);
  void look(frames.getReader());
});

function framesOf(track: MediaStreamVideoTrack): ReadableStream<VideoFrame> {
  return new MediaStreamTrackProcessor({ track, maxBufferSize: 300 }).readable;
}

async function look(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) return;
    sightings.push(sight.see(frame));
    frame.close();
  }
}
