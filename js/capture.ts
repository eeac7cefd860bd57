import { errorOf, type TrackreelError } from './errors.js';
import type { Port } from './port.js';
import type { FrameSource } from './transferred.js';

/**
 * How a browser gives a page the frames of a track.
 *
 * - `processor`: a `MediaStreamTrackProcessor` in the page sends them to the worker, so that a busy page loses none (Chromium)
 * - `worker-processor`: the track goes to the worker, which has the processor (Safari)
 * - `video`: a hidden `<video>` shows them, and the page takes each from there (Firefox). A busy or hidden page misses some, which
 *   {@link Drops.missed} counts. Of a track that is tapped ({@link tap}) the worker decodes each received frame
 */
export type CapturePath = 'processor' | 'worker-processor' | 'video';

/**
 * How a browser gives a page the sound of a track.
 *
 * - `processor`: a `MediaStreamTrackProcessor` in the page sends it to the worker (Chromium)
 * - `worklet`: an `AudioWorklet` sends it to the worker (Firefox, Safari). It starts in a click, and in Firefox with an audio device
 */
export type AudioPath = 'processor' | 'worklet';

/** The frames of a track, on their way to a worker. @internal */
export interface Capture {
  readonly source: FrameSource;
  /** Rejects if the browser does not let the page have them. */
  readonly refused?: Promise<never> | undefined;
  /** Wants no more of them. */
  stop(): void;
}

/** The browser drops the oldest frame, without a report, when this many wait: two seconds of a busy machine. @internal */
export const MAX_WAITING = 60;

/** The message for a browser that has none of these paths. @internal */
export const NO_CAPTURE = 'this browser gives no frames of a track';

/** Why no page like this one can record, whatever the browser has. @internal */
export function pageFault(): TrackreelError | undefined {
  if (globalThis.isSecureContext === false) {
    return errorOf('unsupported', 'the page is not secure: it needs https, or localhost');
  }
  return undefined;
}

/**
 * The track's frames, from a processor in the window; none if there are no processors here.
 *
 * @internal
 * @see https://www.w3.org/TR/mediacapture-transform/#track-processor
 */
export function captureHere(track: MediaStreamTrack): Capture | undefined {
  if (!hasProcessor()) return undefined;
  const init = { track: track as MediaStreamVideoTrack, maxBufferSize: MAX_WAITING };
  return { source: new MediaStreamTrackProcessor(init).readable, stop() {} };
}

/** Whether a page itself can take frames and sound of a track. @internal */
export function hasProcessor(): boolean {
  return typeof MediaStreamTrackProcessor !== 'undefined';
}

/** How this browser gives frames of a track that is not tapped; none if it can't. Whether a track can be transferred shows only when it is. @internal */
export async function capturePath(port: Port): Promise<CapturePath | undefined> {
  if (hasProcessor()) return 'processor';
  // WebKitGTK 2.50 crashes if a worker asks for codecs before anything of the page's has.
  document.createElement('video').canPlayType('video/mp4');
  if (await port.call('hasProcessor', null)) return 'worker-processor';
  const hasCallback = 'requestVideoFrameCallback' in (globalThis.HTMLVideoElement?.prototype ?? {});
  return hasCallback && typeof VideoFrame !== 'undefined' ? 'video' : undefined;
}

/**
 * The track's frames, without a processor in the window.
 *
 * @param onEnded - called when the track has ended, which its frames do not report
 * @internal
 */
export async function capture(
  track: MediaStreamTrack,
  path: 'worker-processor' | 'video',
  onEnded: () => void,
): Promise<Capture> {
  const loaded = await import('./video-capture.js').catch((cause) => {
    throw errorOf('worker-lost', 'the part of the recorder that takes frames could not be loaded', { cause });
  });
  return loaded.capture(track, path, onEnded, errorOf);
}

/** Whether the page runs in a click of its user. @internal */
export function isActive(): boolean {
  return navigator.userActivation?.isActive === true;
}

/** Whether a recording that takes its frames and its sound this way has to be started in a click. @internal */
export function needsClick(
  path: CapturePath | undefined,
  audio: AudioPath | undefined,
  isInClick = isActive(),
): boolean {
  const isWorklet = audio === 'worklet';
  if (!isWorklet && path !== 'video') return false;
  // https://www.w3.org/TR/autoplay-detection/: of those that need it, Firefox has it.
  const { getAutoplayPolicy } = navigator as Navigator & { getAutoplayPolicy?(type: string): string };
  if (!getAutoplayPolicy) return isWorklet && !isInClick;
  // Where no video may play, no context may run either.
  return getAutoplayPolicy.call(navigator, isWorklet ? 'audiocontext' : 'mediaelement') === 'disallowed';
}

/**
 * Whether its frames are a camera's or a screen's: such a device has few of them.
 *
 * @internal
 * @see https://www.w3.org/TR/mediacapture-streams/#dfn-groupid
 */
export function isDevice(track: MediaStreamTrack): boolean {
  const settings = track.getSettings();
  return 'groupId' in settings || 'displaySurface' in settings;
}

/** The size of its pictures, in pixels; 0 where the browser does not know it yet. @internal */
export function sizeOf(track: MediaStreamTrack): { width: number; height: number } {
  const { width = 0, height = 0 } = track.getSettings();
  return { width, height };
}

/** Whether a track sends no more frames. @internal */
export function hasEnded(track: MediaStreamTrack): boolean {
  return track.readyState === 'ended';
}
