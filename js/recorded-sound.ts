import { hasEnded } from './capture.js';
import { errorOf, type TrackreelError } from './errors.js';
import type { OptionEntry } from './messages.js';
import { audioPath, captureSound, type SoundCapture } from './sound.js';
import { audioTrackOf, type RecorderSource } from './source.js';
import type { SoundSource } from './transferred.js';

/** The sound of a recorder: where it is looked for, and which track is captured. @internal */
export class RecordedSound {
  /** Where it is looked for. */
  source: RecorderSource;
  #capture: SoundCapture | undefined;
  #isMuted = false;
  /** A track whose sound can't be had. */
  #unheard: MediaStreamTrack | undefined;

  constructor(source: RecorderSource) {
    this.source = source;
  }

  /** The track that is captured. */
  get track(): MediaStreamTrack | undefined {
    return this.#capture?.track;
  }

  /** Whether the track that was captured has ended. */
  get hasEnded(): boolean {
    return this.#capture !== undefined && hasEnded(this.#capture.track);
  }

  /** The track that is captured of what a page gave, unless these options want none. */
  wantedTrack(options: OptionEntry[], source: RecorderSource = this.source): MediaStreamTrack | undefined {
    return audioPath(options) && audioTrackOf(source);
  }

  /** Whether it is a tapped track's. */
  get isTapped(): boolean {
    return this.#capture !== undefined && 'tap' in this.#capture.source;
  }

  /** Has the sound of a tapped track be captured. Gives what a worker reads it from. */
  takeTapped(capture: SoundCapture): SoundSource {
    this.#capture?.stop();
    this.#capture = capture;
    return capture.source;
  }

  /** Whether a page has disabled or enabled a tapped track since this was asked last: its packets don't show that. */
  toggled(): boolean | undefined {
    const { track, source } = this.#capture ?? {};
    const isMuted = track !== undefined && 'tap' in source! && !track.enabled;
    if (isMuted === this.#isMuted) return undefined;
    return (this.#isMuted = isMuted);
  }

  /**
   * Captures the track that there is, unless it is captured already, or these options want none.
   *
   * @param onFault - called with the reason why there is no sound, each time that it stops
   * @returns what a worker reads it from
   */
  take(options: OptionEntry[], onFault: (error: TrackreelError) => void): SoundSource | undefined {
    const [track, path] = [audioTrackOf(this.source), audioPath(options)];
    if (!track || !path || track === this.track || track === this.#unheard) return undefined;
    try {
      const capture = captureSound(track, path, onFault);
      this.#capture?.stop();
      this.#capture = capture;
      return capture.source;
    } catch (cause) {
      this.#unheard = track;
      onFault(errorOf('unsupported', `this browser gives no sound of this track: ${cause}`, { cause }));
      return undefined;
    }
  }

  /** Wants no more of it. The track counts as captured. */
  stop(): void {
    this.#capture?.stop();
  }

  /** Wants no more of it: it is captured again if it is asked for. */
  release(): void {
    this.stop();
    this.#capture = undefined;
    // The next worker has to be informed.
    this.#isMuted = false;
  }
}

/** Why sound alone can't be recorded with these options. @internal */
export function whyUnheard(options: OptionEntry[]): TrackreelError {
  if (audioPath(options)) return errorOf('unsupported', 'this browser gives no sound of this track');
  if (audioPath([])) return errorOf('invalid-source', 'the track is an audio track, and the option audio is off');
  return errorOf('unsupported', 'this browser gives no sound of a track');
}
