import { MAX_WAITING } from './capture.js';
import { receivedFrames, type EncodedFrame } from './received-frames.js';
import { tappedFrames } from './tapped-frames.js';
import type { FrameSource } from './transferred.js';
import type { Asking, Shown, ShownMessage } from './shown.js';

/** How often a hidden page is asked for a picture, in milliseconds. */
const ASK_MS = 1000 / 30;

/**
 * The frames of a track, in the worker.
 *
 * @param onMissed - gets how many pictures the page missed, or found no place here
 * @param onLost - called when no more come, since what gives them was lost
 */
export function framesFrom(
  source: FrameSource,
  onMissed: (frames: number) => void,
  onLost: () => void,
): ReadableStream<VideoFrame | Shown | EncodedFrame> {
  if (source instanceof ReadableStream) return source;
  if (source instanceof MessagePort) return shownFrames(source, onMissed);
  if ('tap' in source) {
    return source.decodes ? tappedFrames(source.tap, onMissed, onLost) : receivedFrames(source, onLost);
  }
  return new MediaStreamTrackProcessor({ track: source as MediaStreamVideoTrack, maxBufferSize: MAX_WAITING }).readable;
}

/** The pictures that a page takes from a `<video>`. */
function shownFrames(port: MessagePort, onMissed: (frames: number) => void): ReadableStream<Shown> {
  const waiting: Shown[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;
  let serve = () => {};
  const start = () => {
    port.onmessage = ({ data }: MessageEvent<ShownMessage | Asking>) => {
      if ('ask' in data) {
        clearInterval(timer);
        timer = data.ask ? setInterval(() => port.postMessage(null), ASK_MS) : undefined;
        return;
      }
      const { frame, rtp, arrived, missed } = data;
      if (missed) onMissed(missed);
      waiting.push({ frame, rtp, arrived: arrived - performance.timeOrigin });
      if (waiting.length > MAX_WAITING) {
        waiting.shift()!.frame.close();
        onMissed(1);
      }
      serve();
    };
  };
  const pull = (controller: ReadableStreamDefaultController<Shown>) =>
    new Promise<void>((resolve) => {
      serve = () => {
        const shown = waiting.shift();
        if (!shown) return;
        serve = () => {};
        controller.enqueue(shown);
        resolve();
      };
      serve();
    });
  const cancel = () => {
    clearInterval(timer);
    port.onmessage = null;
    port.close();
    for (const { frame } of waiting.splice(0)) frame.close();
  };
  return new ReadableStream({ start, pull, cancel }, { highWaterMark: 0 });
}
