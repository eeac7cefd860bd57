import type { Capture } from './capture.js';
import { VideoClock } from './video-clock.js';

/** A picture that a `<video>` showed, and the sender's RTP timestamp, if the browser has it. */
export interface Shown {
  frame: VideoFrame;
  rtp: number | undefined;
  /** When the page had it, in milliseconds of the worker's `performance.now()`. */
  arrived: number;
}

/** From the page to the worker: a picture, when the page had it, in milliseconds since 1970, and how many before it were missed. */
export interface ShownMessage extends Shown {
  missed: number;
}

/** From the page to the worker: whether to ask for pictures, since nothing else does in a hidden page. */
export interface Asking {
  ask: boolean;
}

/** From here on a media element has a picture (https://html.spec.whatwg.org/#ready-states). */
const HAVE_CURRENT_DATA = 2;

/** Shows a track in a hidden `<video>`, and sends each of its pictures through a port. `played` is what `play()` gave. */
export function captureVideo(track: MediaStreamTrack): Capture & { played: Promise<void> } {
  const { port1, port2 } = new MessageChannel();
  const clock = new VideoClock();
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  const played = video.play();

  let missed = 0;
  const send = (timestamp: number, rtp?: number) => {
    const frame = takeFrame(video, timestamp);
    if (!frame) return false;
    const arrived = performance.timeOrigin + performance.now();
    port1.postMessage({ frame, rtp, arrived, missed } satisfies ShownMessage, [frame]);
    missed = 0;
    return true;
  };
  const onShown = (now: number, metadata: VideoFrameCallbackMetadata) => {
    callback = video.requestVideoFrameCallback(onShown);
    const told = clock.told(now, metadata);
    if (!told) return;
    missed += told.missed;
    if (!send(told.timeUs, metadata.rtpTimestamp)) missed++;
  };
  let callback = video.requestVideoFrameCallback(onShown);

  // A hidden page gets no callbacks, and its timers are slowed down, but a worker's are not.
  const onVisibility = () => port1.postMessage({ ask: document.hidden } satisfies Asking);
  port1.onmessage = () =>
    document.hidden && video.readyState >= HAVE_CURRENT_DATA && send(clock.untold(performance.now()));
  document.addEventListener('visibilitychange', onVisibility);
  onVisibility();

  return {
    source: port2,
    played,
    stop() {
      document.removeEventListener('visibilitychange', onVisibility);
      video.cancelVideoFrameCallback(callback);
      video.srcObject = null;
      port1.close();
    },
  };
}

/** What a video shows now; none before it shows anything. */
function takeFrame(video: HTMLVideoElement, timestamp: number): VideoFrame | undefined {
  try {
    return new VideoFrame(video, { timestamp });
  } catch {
    return undefined;
  }
}
