import { hasProcessor } from './capture.js';
import { errorOf, type TrackreelError } from './errors.js';
import { locationOf } from './locate.js';
import type { OptionEntry } from './messages.js';

/**
 * How a browser gives a page the sound of a track.
 *
 * - `processor`: a `MediaStreamTrackProcessor` in the page sends it to the worker (Chromium)
 * - `worklet`: an `AudioWorklet` sends it to the worker (Firefox, Safari). It starts in a click, and in Firefox with an audio device
 */
export type AudioPath = 'processor' | 'worklet';

/** What a worker reads sound from; it is transferred to it. @internal */
export type SoundSource = ReadableStream<AudioData> | MessagePort;

/** How many blocks of sound wait for a busy worker: two seconds of blocks of 10 ms. @internal */
export const MAX_WAITING = 200;

/** The sound of a track, on its way to a worker. @internal */
export interface SoundCapture {
  /** Whose sound it is. */
  readonly track: MediaStreamTrack;
  readonly source: SoundSource;
  /** Wants no more of it. */
  stop(): void;
}

/** The option `audio`, switched off: the worker reads the same words. */
const NO = /^(false|no|off|0)$/i;

/** How this browser gives the sound of a track, if these options want it; none if it can't. @internal */
export function audioPath(options: OptionEntry[]): AudioPath | undefined {
  if (options.some(({ name, value }) => name === 'audio' && NO.test(String(value).trim()))) return undefined;
  if (hasProcessor()) return 'processor';
  return typeof AudioWorkletNode === 'undefined' ? undefined : 'worklet';
}

/**
 * The track's sound.
 *
 * @param onFault - called with the reason why there is none, each time that it stops
 * @internal
 */
export function captureSound(
  track: MediaStreamTrack,
  path: AudioPath,
  onFault: (error: TrackreelError) => void,
): SoundCapture {
  return path === 'processor' ? fromProcessor(track) : fromWorklet(track, onFault);
}

/**
 * A received track gives nothing unless an element plays it. This one is muted, so that the track is not heard twice.
 *
 * @see https://www.w3.org/TR/mediacapture-transform/#track-processor
 */
function fromProcessor(track: MediaStreamTrack): SoundCapture {
  const init = { track: track as MediaStreamAudioTrack, maxBufferSize: MAX_WAITING };
  const { readable } = new MediaStreamTrackProcessor(init);
  const player = document.createElement('audio');
  player.muted = true;
  player.srcObject = new MediaStream([track]);
  // A muted one may play without a click.
  player.play().catch(() => {});
  return { track, source: readable, stop: () => void (player.srcObject = null) };
}

function fromWorklet(track: MediaStreamTrack, onFault: (error: TrackreelError) => void): SoundCapture {
  const { port1, port2 } = new MessageChannel();
  const context = new AudioContext();
  // Safari starts it during a click, and not after what is loaded below.
  context.resume().catch(() => {});
  const stopping = import('./sound-capture.js').then(
    ({ captureInContext }) => captureInContext(context, track, port1, locationOf('soundWorklet'), onFault, errorOf),
    (cause) => {
      onFault(errorOf('worker-lost', 'the part of the recorder that takes sound could not be loaded', { cause }));
      return () => context.close();
    },
  );
  return { track, source: port2, stop: () => void stopping.then((stop) => stop()) };
}
