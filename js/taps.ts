import type { TapFacts } from './tap-messages.js';

/**
 * Whether a tap gets the frames of its track.
 *
 * - `flowing`: it does
 * - `waiting`: nothing was received yet
 * - `too-late`: the browser decodes frames that the tap does not get: it was attached too late, as Chromium does not report
 *
 * @internal
 */
export type TapState = 'flowing' | 'waiting' | 'too-late';

/** A received track whose encoded frames can be had. @internal */
export interface Tapped {
  readonly receiver: RTCRtpReceiver;
  readonly kind: string;
  /**
   * The frames from now on: a port of {@link TappedFrame}, to which a {@link TapRequest} may be posted. Nothing more comes from it if the tap
   * worker is lost; a {@link line} then continues.
   */
  subscribe(): MessagePort;
  /** A port that gives subscribed ports, one after the other: a {@link TapSubscribed} each, and a {@link TapEnded} at the end. */
  line(): { port: MessagePort; stop(): void };
  /** What was observed so far. */
  facts(): Promise<TapFacts>;
  state(): Promise<TapState>;
  /** Ends the tap if its transform is the receiver's no more. */
  check?(): void;
}

/** A second copy of this module, as of a bundled library, finds the taps of the first. */
const KEY = Symbol.for('trackreel.taps');

/** The taps of this page, by their tracks. @internal */
export function taps(): WeakMap<MediaStreamTrack, Tapped> {
  const kept = globalThis as { [KEY]?: WeakMap<MediaStreamTrack, Tapped> };
  return (kept[KEY] ??= new WeakMap());
}

/** The tap of a track, if it has one. Clones of a track are not found. @internal */
export function tappedOf(track: MediaStreamTrack): Tapped | undefined {
  taps().get(track)?.check?.();
  return taps().get(track);
}
