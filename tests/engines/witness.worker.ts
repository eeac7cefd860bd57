import { CounterReader, type Observation } from './counter-reader.js';

/** The source to observe, or the request for a report. */
export type WitnessMessage = { frames: ReadableStream<VideoFrame> } | { track: MediaStreamTrack } | 'report';

const observations: Observation[] = [];
const counterReader = new CounterReader();

addEventListener('message', ({ data }: MessageEvent<WitnessMessage>) => {
  if (data === 'report') return postMessage(observations);
  if ('track' in data && typeof MediaStreamTrackProcessor === 'undefined') return postMessage(false);
  const frames = 'track' in data ? framesOf(data.track as MediaStreamVideoTrack) : data.frames;
  postMessage(true);
  void observe(frames.getReader());
});

function framesOf(track: MediaStreamVideoTrack): ReadableStream<VideoFrame> {
  return new MediaStreamTrackProcessor({ track, maxBufferSize: 300 }).readable;
}

async function observe(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) return;
    observations.push(counterReader.read(frame));
    frame.close();
  }
}
