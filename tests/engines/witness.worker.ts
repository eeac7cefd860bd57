import { Sight } from './sight.js';

/** What to watch, or the question what was seen. */
export type WitnessMessage = { frames: ReadableStream<VideoFrame> } | { track: MediaStreamTrack } | 'tell';

const counters: (number | null)[] = [];
const sight = new Sight();

addEventListener('message', ({ data }: MessageEvent<WitnessMessage>) => {
  if (data === 'tell') return postMessage(counters);
  if ('track' in data && typeof MediaStreamTrackProcessor === 'undefined') return postMessage(false);
  const frames =
    'frames' in data
      ? data.frames
      : new MediaStreamTrackProcessor({ track: data.track as MediaStreamVideoTrack }).readable;
  postMessage(true);
  void look(frames.getReader());
});

async function look(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) return;
    counters.push(sight.read(frame));
    frame.close();
  }
}
