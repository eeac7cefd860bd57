import { observations } from '../e2e/support/observation.js';

// Says what arrives at once and past the page's thread, since nothing can be asked of a browser that was killed.
self.onmessage = async ({ data: frames }: MessageEvent<ReadableStream<VideoFrame>>) => {
  for await (const { counter } of observations(frames)) if (counter !== null) console.debug(`arrived ${counter}`);
};
