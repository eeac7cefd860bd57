import { MAX_WAITING, type FrameSource } from './capture.js';
import type { Asking, Shown } from './video-capture.js';

/** How often a hidden page is asked for a picture, in milliseconds. */
const ASK_MS = 1000 / 30;

/**
 * The frames of a track, in the worker.
 *
 * @param onMissed - told how many pictures the page missed
 */
export function framesFrom(source: FrameSource, onMissed: (frames: number) => void): ReadableStream<VideoFrame> {
  if (source instanceof ReadableStream) return source;
  if (source instanceof MessagePort) return shownFrames(source, onMissed);
  return new MediaStreamTrackProcessor({ track: source as MediaStreamVideoTrack, maxBufferSize: MAX_WAITING }).readable;
}

/** The pictures that a page takes from a `<video>`. */
function shownFrames(port: MessagePort, onMissed: (frames: number) => void): ReadableStream<VideoFrame> {
  let timer: number | undefined;
  return new ReadableStream<VideoFrame>({
    start(controller) {
      port.onmessage = ({ data }: MessageEvent<Shown | Asking>) => {
        if ('ask' in data) {
          clearInterval(timer);
          timer = data.ask ? setInterval(() => port.postMessage(null), ASK_MS) : undefined;
          return;
        }
        if (data.missed) onMissed(data.missed);
        controller.enqueue(data.frame);
      };
    },
    cancel() {
      clearInterval(timer);
      port.close();
    },
  });
}
