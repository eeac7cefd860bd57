import { hasProcessor } from './capture.js';
import { errorOf, type TrackreelError } from './errors.js';
import { locationOf } from './locate.js';
import type { OptionEntry } from './messages.js';
import type { Tapped } from './taps.js';
import type { SoundSource } from './transferred.js';

/** How many blocks of sound wait for a busy worker: two seconds of blocks of 10 ms. @internal */
export const MAX_WAITING = 200;

/** How long what takes sound may take to load, in milliseconds. */
const PATIENCE_MS = 3000;

/** The message for a browser that plays no received sound before a click, not even a muted one. */
const NO_CLICK = 'this browser gives no sound before a click: call start() in a click handler';

/** Called with the reason why there is no sound. */
type OnFault = (error: TrackreelError) => void;

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
export function audioPath(options: OptionEntry[]): 'processor' | 'worklet' | undefined {
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
export function captureSound(track: MediaStreamTrack, path: 'processor' | 'worklet', onFault: OnFault): SoundCapture {
  return path === 'processor' ? fromProcessor(track, onFault) : fromWorklet(track, onFault);
}

/** What packets can be decoded. @internal */
export const OPUS = /^audio\/opus$/i;

/**
 * The sound of a tapped track, whose packets the worker decodes; none if it can't.
 *
 * @internal
 */
export async function captureTapped(track: MediaStreamTrack, tapped: Tapped): Promise<SoundCapture | undefined> {
  const canDecode = typeof AudioDecoder !== 'undefined' && (await tapped.state()) !== 'too-late';
  const { mimeType } = await tapped.facts();
  if (!canDecode || (mimeType && !OPUS.test(mimeType))) return undefined;
  const { port: tap, stop } = tapped.line();
  return { track, source: { tap, decodes: true }, stop };
}

/**
 * A received track gives nothing unless an element plays it. This one is muted, so that the track is not heard twice. Only a `<video>` may
 * play without a click then.
 *
 * @see https://www.w3.org/TR/mediacapture-transform/#track-processor
 */
function fromProcessor(track: MediaStreamTrack, onFault: OnFault): SoundCapture {
  const init = { track: track as MediaStreamAudioTrack, maxBufferSize: MAX_WAITING };
  const { readable } = new MediaStreamTrackProcessor(init);
  const player = document.createElement('video');
  player.muted = true;
  player.srcObject = new MediaStream([track]);
  player.play().catch((cause) => {
    // One that is stopped before it plays rejects as well.
    if (cause.name === 'NotAllowedError') onFault(errorOf('unsupported', NO_CLICK, { cause }));
  });
  return { track, source: readable, stop: () => void (player.srcObject = null) };
}

function fromWorklet(track: MediaStreamTrack, onFault: OnFault): SoundCapture {
  const { port1, port2 } = new MessageChannel();
  const context = new AudioContext();
  // Safari starts it during a click, and not after what is loaded below.
  context.resume().catch(() => {});
  let isOver = false;
  const report: OnFault = (error) => {
    if (!isOver) onFault(error);
  };
  const lose = (cause?: unknown) => {
    const reason = cause === undefined ? 'it takes too long' : cause;
    report(
      errorOf('worker-lost', `the part of the recorder that takes sound could not be loaded: ${reason}`, { cause }),
    );
  };
  const timer = setTimeout(lose, PATIENCE_MS);
  let unwatch = () => {};
  import('./sound-capture.js')
    .then(({ captureInContext }) => {
      if (isOver) return;
      const { loaded, stop } = captureInContext(context, track, port1, locationOf('soundWorklet'), report, errorOf);
      unwatch = stop;
      return loaded;
    })
    .catch(lose)
    .finally(() => clearTimeout(timer));
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    unwatch();
    context.close().catch(() => {});
  };
  return { track, source: port2, stop };
}
