import { observations } from '../e2e/support/observation.js';

// Logs each frame at once and past the page's thread, since a browser that was killed answers nothing.
self.onmessage = async ({ data: frames }: MessageEvent<ReadableStream<VideoFrame>>) => {
  for await (const { counter } of observations(frames)) if (counter !== null) console.debug(`arrived ${counter}`);
};
