import { MAX_WAITING, type FrameSource } from './capture.js';
import type { Asking, Shown } from './video-capture.js';

/** How often a hidden page is asked for a picture, in milliseconds. */
const ASK_MS = 1000 / 30;

/**
 * The frames of a track, in the worker.
 *
 * @param onMissed - told how many pictures the page missed, or found no place here
 */
export function framesFrom(source: FrameSource, onMissed: (frames: number) => void): ReadableStream<VideoFrame> {
  if (source instanceof ReadableStream) return source;
  if (source instanceof MessagePort) return shownFrames(source, onMissed);
  return new MediaStreamTrackProcessor({ track: source as MediaStreamVideoTrack, maxBufferSize: MAX_WAITING }).readable;
}

/** The pictures that a page takes from a `<video>`. */
function shownFrames(port: MessagePort, onMissed: (frames: number) => void): ReadableStream<VideoFrame> {
  const waiting: VideoFrame[] = [];
  let timer: number | undefined;
  let serve = () => {};
  const start = () => {
    port.onmessage = ({ data }: MessageEvent<Shown | Asking>) => {
      if ('ask' in data) {
        clearInterval(timer);
        timer = data.ask ? setInterval(() => port.postMessage(null), ASK_MS) : undefined;
        return;
      }
      if (data.missed) onMissed(data.missed);
      waiting.push(data.frame);
      if (waiting.length > MAX_WAITING) {
        waiting.shift()!.close();
        onMissed(1);
      }
      serve();
    };
  };
  const pull = (controller: ReadableStreamDefaultController<VideoFrame>) =>
    new Promise<void>((resolve) => {
      serve = () => {
        const frame = waiting.shift();
        if (!frame) return;
        serve = () => {};
        controller.enqueue(frame);
        resolve();
      };
      serve();
    });
  const cancel = () => {
    clearInterval(timer);
    port.onmessage = null;
    port.close();
    for (const frame of waiting.splice(0)) frame.close();
  };
  return new ReadableStream({ start, pull, cancel }, { highWaterMark: 0 });
}
