import { framesOf, videoTrackOf } from './capture.js';
import { errorOf, type TrackreelError } from './errors.js';
import type { OptionEntry, PlainError, WorkerEvent } from './messages.js';
import { Port } from './port.js';
import { Reel } from './reels.js';
import type { Progress, RecorderOptions, StopReason } from './types.js';

/** What a {@link Recorder} is doing. `starting` and `stopping` last until their promise settles. */
export type RecorderState = 'inactive' | 'starting' | 'recording' | 'paused' | 'stopping';

/** The events of a {@link Recorder}. */
export interface RecorderEventMap {
  /** Recording has begun; frames are taken from now on. */
  start: CustomEvent<null>;
  /** Paused: frames are left out from now on. */
  pause: CustomEvent<null>;
  /** Resumed: frames are taken again. */
  resume: CustomEvent<null>;
  /** Several times a second while frames arrive. */
  progress: CustomEvent<Progress>;
  /** The recording has ended, for the reason given. */
  stop: CustomEvent<{ reason: StopReason; progress: Progress }>;
  /** Something failed. What was recorded before it is kept. */
  error: CustomEvent<TrackreelError>;
}

/**
 * Records a live video track into an MP4, on the client.
 *
 * It has the shape of `MediaRecorder`, and gives the recording when it is asked for it: {@link Recorder.export}, any
 * number of times, while recording and after.
 *
 * ```ts
 * const recorder = new Recorder(stream);
 * await recorder.start();
 * const blob = await recorder.export(); // all so far; recording goes on
 * await recorder.stop();
 * ```
 */
export class Recorder extends EventTarget {
  /** The track that is recorded. */
  readonly track: MediaStreamTrack;
  readonly #options: RecorderOptions;
  #phase: 'inactive' | 'starting' | 'active' | 'stopping' = 'inactive';
  #paused = false;
  #progress = NOTHING;
  #reel: { id: string; createdAt: number } | undefined;
  #port: Port | undefined;

  /**
   * @param source - the track to record, or a stream, whose first video track is recorded
   * @param options - see {@link RecorderOptions}; they are checked by {@link Recorder.start}
   * @throws SourceError `invalid-source` if there is no video track in it
   * @throws UnsupportedError `unsupported` if the browser has no media streams
   */
  constructor(source: MediaStream | MediaStreamTrack, options: RecorderOptions = {}) {
    super();
    this.track = videoTrackOf(source);
    this.#options = options;
  }

  /** What it is doing now. */
  get state(): RecorderState {
    if (this.#phase !== 'active') return this.#phase;
    return this.#paused ? 'paused' : 'recording';
  }

  /** Whether frames are being left out, or will be once recording starts. */
  get paused(): boolean {
    return this.#paused;
  }

  /** How far the recording has come; of the last one while none is on. */
  get progress(): Progress {
    return this.#progress;
  }

  /** The recording on disk, as it is now. It is there from {@link Recorder.start} on, and stays after the page is gone. */
  get reel(): Reel | undefined {
    if (!this.#reel) return undefined;
    const { time: duration, bytes, frames, width, height, codec } = this.#progress;
    const state = this.#phase === 'inactive' ? 'complete' : 'recording';
    return new Reel({ ...this.#reel, state, duration, bytes, frames, width, height, codec });
  }

  /**
   * Begins a new recording. Resolves when frames are being taken; the first one may come later.
   *
   * @throws StateError `invalid-state` if it is recording already
   * @throws SourceError `invalid-source` if the track has ended
   * @throws OptionError `invalid-option` if an option is not valid
   * @throws UnsupportedError `unsupported` if the browser can't record, or not with this codec
   * @throws StorageError `storage` if the browser gives no storage
   */
  async start(): Promise<void> {
    if (this.#phase !== 'inactive') throw errorOf('invalid-state', `start() was called while ${this.state}`);
    const frames = framesOf(this.track);
    const port = new Port(
      (event) => this.#onWorkerEvent(port, event),
      (error) => this.#onWorkerLost(port, error),
    );
    this.#phase = 'starting';
    try {
      const ask = { frames, options: entriesOf(this.#options), paused: this.#paused };
      this.#reel = await port.call('start', ask, [frames]);
    } catch (error) {
      port.close();
      this.#phase = 'inactive';
      throw error;
    }
    this.#port?.close();
    this.#port = port;
    this.#progress = NOTHING;
    this.#phase = 'active';
    if (this.#paused) port.tell('pause');
    this.#emit('start', null);
  }

  /** Leaves frames out from the next one on. May be called at any time, even before {@link Recorder.start}, and twice. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (this.#phase === 'active') this.#port?.tell('pause');
    this.#emit('pause', null);
  }

  /** Takes frames again from the next one on. They follow the last one before the pause without a gap. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#phase === 'active') this.#port?.tell('resume');
    this.#emit('resume', null);
  }
}
