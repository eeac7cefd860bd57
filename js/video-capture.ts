import type { Capture } from './capture.js';
import type { errorOf } from './errors.js';
import { decoderCodec } from './tapped-frames.js';
import { tappedOf, type Tapped } from './taps.js';
import { VideoClock } from './video-clock.js';
import type { Asking, ShownMessage } from './shown.js';

/** From here on a media element has a picture (https://html.spec.whatwg.org/#ready-states). */
const HAVE_CURRENT_DATA = 2;

/** The message for a browser that plays no video before a click, not even one without sound. */
const NO_CLICK = 'this browser plays no video before a click: call start() in a click handler';

/** How often it is checked whether a page has stopped its track, which no event reports, in milliseconds. */
const LOOK_MS = 250;

/**
 * The track's frames, without a processor in the window.
 *
 * @param onEnded - called when the track has ended, which its frames do not report
 * @param makeError - the page's, since this file has none of its classes
 */
export async function capture(
  track: MediaStreamTrack,
  path: 'worker-processor' | 'video',
  onEnded: () => void,
  makeError: typeof errorOf,
): Promise<Capture> {
  const tapped = path === 'video' ? tappedOf(track) : undefined;
  const captured: Capture & { played?: Promise<void> } =
    path === 'worker-processor'
      ? captureClone(track)
      : tapped && (await isDecodable(tapped))
        ? captureTapped(tapped)
        : captureVideo(track);
  const timer = setInterval(() => {
    if (track.readyState === 'ended') return onEnded();
    // A page may have set a transform of its own, which Firefox does not report to the one before.
    if (tapped) tappedOf(track);
  }, LOOK_MS);
  return {
    source: captured.source,
    refused: captured.played && refusal(captured.played, makeError),
    stop() {
      clearInterval(timer);
      captured.stop();
    },
  };
}

/** Rejects if a video may not play; never resolves. */
function refusal(played: Promise<void>, makeError: typeof errorOf): Promise<never> {
  return new Promise((_, reject) => {
    played.catch((cause) => {
      // One that is stopped before it plays rejects as well.
      if (cause.name === 'NotAllowedError') reject(makeError('unsupported', NO_CLICK, { cause }));
    });
  });
}

/** The page keeps its own track. */
function captureClone(track: MediaStreamTrack): Capture {
  const clone = track.clone();
  return { source: clone, stop: () => clone.stop() };
}

/** Whether a worker can decode what the tap gives, or would: what a sender sends is not known before it does. */
async function isDecodable(tapped: Tapped): Promise<boolean> {
  if (typeof VideoDecoder === 'undefined' || (await tapped.state()) === 'too-late') return false;
  const { mimeType } = await tapped.facts();
  const known = mimeType || tapped.receiver.getParameters?.().codecs[0]?.mimeType || 'video/vp8';
  const codec = decoderCodec(known);
  if (!codec) return false;
  return VideoDecoder.isConfigSupported({ codec }).then(
    ({ supported }) => supported === true,
    () => false,
  );
}

function captureTapped(tapped: Tapped): Capture {
  const { port: tap, stop } = tapped.line();
  return { source: { tap, decodes: true }, stop };
}

/** Shows a track in a hidden `<video>`, and sends each of its pictures through a port. `played` is what `play()` gave. */
function captureVideo(track: MediaStreamTrack): Capture & { played: Promise<void> } {
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
    const announced = clock.announced(now, metadata);
    if (!announced) return;
    missed += announced.missed;
    if (!send(announced.timeUs, metadata.rtpTimestamp)) missed++;
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
