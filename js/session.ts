import { Recorder, StateError } from './index.js';
import type { Drops, ExportOptions, Movie, RecorderEventMap, RecorderOptions } from './index.js';
import type { RecorderState, Reel, StopReason, TrackreelError } from './index.js';

/** How far a recording has come, as one value: it is replaced several times a second, and never changed. */
export interface RecordingProgress {
  /** Length of the recording so far, in seconds; paused time is not in it. Of the last one while none is on. */
  readonly time: number;
  /** What is left until the limit that {@link RecorderOptions.maxLength} sets, in seconds; `Infinity` for none, and before the start. */
  readonly remaining: number;
  /** Encoded size so far, in bytes. */
  readonly bytes: number;
  /** Frames in the recording. */
  readonly frames: number;
  /** Frames left out, by reason. */
  readonly drops: Drops;
}

/** The state of a recording, as one value: it is replaced when the state changes, and never changed. Progress does not replace it. */
export interface RecordingState {
  /** What the recorder is doing; `inactive` as long as there is none. */
  readonly state: RecorderState;
  /** Whether the picture stands still, and frames are being left out for that. */
  readonly frozen: boolean;
  /** Why the last recording ended; `undefined` before that, and while one is on. */
  readonly stopReason: StopReason | undefined;
  /** What failed last, until the next start or export. Its `code` tells failures apart. */
  readonly error: TrackreelError | undefined;
  /** The recording on disk, as it was then; `undefined` before the first one. */
  readonly reel: Reel | undefined;
  /** What records, for its other events and properties. Every start makes a new one. */
  readonly recorder: Recorder | undefined;
}

/** State and progress, as one value: it is replaced when something changes, and never changed. */
export interface RecordingStatus extends RecordingState, RecordingProgress {}

/** What a page may do. None of it rejects: what fails is told in {@link RecordingState.error}. All are the same functions for good. */
export interface RecordingActions {
  /**
   * Begins a recording of the source as it is now, with the options as they are now, or goes on with a reel. It waits for a
   * recording that is ending. While one is on it does nothing, unless another reel is asked for, which fails with `invalid-state`.
   *
   * @param reel - the reel to go on with, or its id; a new one if left out
   */
  readonly start: (reel?: Reel | string) => Promise<void>;
  /** Leaves frames out from the next one on. Does nothing while nothing is being recorded. */
  readonly pause: () => void;
  /** Takes frames again from the next one on. Does nothing while nothing is being recorded. */
  readonly resume: () => void;
  /** Ends the recording, also one that is just starting. Resolves when all of it is on disk; at once if none is on. */
  readonly stop: () => Promise<void>;
  /**
   * All that was recorded so far, or a part of it, as an MP4; recording goes on. `undefined` if it failed, or was given up.
   *
   * @param options - see {@link ExportOptions}
   */
  readonly export: (options?: ExportOptions) => Promise<Movie | undefined>;
}

/** Told of every event of every recorder, and of what else fails. */
type Listening = (event: RecorderEventMap[keyof RecorderEventMap]) => void;

const EVENTS: readonly (keyof RecorderEventMap)[] = [
  'start',
  'pause',
  'resume',
  'progress',
  'freeze',
  'stall',
  'space',
  'cleanup',
  'limit',
  'stop',
  'error',
];

/** The state before anything was recorded. @internal */
export const IDLE_STATE: RecordingState = {
  state: 'inactive',
  frozen: false,
  stopReason: undefined,
  error: undefined,
  reel: undefined,
  recorder: undefined,
};

/** The same with its progress. @internal */
export const IDLE: RecordingStatus = {
  ...IDLE_STATE,
  time: 0,
  remaining: Infinity,
  bytes: 0,
  frames: 0,
  drops: { paused: 0, maxFps: 0, freeze: 0, backpressure: 0, encoder: 0, missed: 0 },
};

/**
 * Records for a part of a page whose source comes, changes and goes, as a component's or an element's does. A {@link Recorder}
 * is of one track and one set of options; this makes one for each start.
 *
 * @internal
 */
export class Session implements RecordingActions {
  /** What the next start records with. */
  options: RecorderOptions = {};
  #source: MediaStream | MediaStreamTrack | null | undefined;
  #recorder: Recorder | undefined;
  #error: TrackreelError | undefined;
  #stopReason: StopReason | undefined;
  #status = IDLE;
  #state = IDLE_STATE;
  #holders = 0;
  #wasHeld = false;
  readonly #onEvent: Listening;
  readonly #listeners = new Set<() => void>();
  /** The last start or stop that was asked for, while it is under way. */
  #turn: Promise<void> | undefined;

  constructor(onEvent: Listening = () => {}) {
    this.#onEvent = onEvent;
  }

  /** What is going on now. */
  readonly status = (): RecordingStatus => this.#status;

  /** The same without progress: another value only when the state changes. */
  readonly state = (): RecordingState => this.#state;

  /** Tells a listener whenever the status changes; gives a way to end that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes another source for the next start. A recording of another track ends; it stays on disk. */
  set source(source: MediaStream | MediaStreamTrack | null | undefined) {
    this.#source = source;
    if (this.#isOn && this.#recorder?.track !== trackOf(source)) void this.stop();
  }

  get source(): MediaStream | MediaStreamTrack | null | undefined {
    return this.#source;
  }

  /**
   * Says that somebody shows this; gives a way to say that nobody does any more. A recording that is still on then, or begins later, is
   * ended, unless it is shown again in the same breath, as what is only moved is, and everything in React's strict mode.
   */
  readonly hold = (): (() => void) => {
    this.#wasHeld = true;
    this.#holders++;
    return () => {
      this.#holders--;
      this.#stopIfLeft();
    };
  };

  readonly start = (reel?: Reel | string): Promise<void> => this.#inTurn(() => this.#start(reel));

  readonly pause = (): void => {
    if (this.#isOn) this.#recorder?.pause();
  };

  readonly resume = (): void => {
    if (this.#isOn) this.#recorder?.resume();
  };

  readonly stop = async (): Promise<void> => {
    if (this.#turn || this.#isOn) await this.#inTurn(() => this.#stop());
  };

  readonly export = async (options: ExportOptions = {}): Promise<Movie | undefined> => {
    this.#error = undefined;
    this.#update();
    try {
      if (!this.#recorder)
        throw new StateError('nothing-recorded', 'there is nothing to export: no recording was begun');
      return await this.#recorder.export(options);
    } catch (error) {
      // Who gave it up knows.
      if (!options.signal?.aborted) this.#fail(error as TrackreelError);
      return undefined;
    }
  };

  get #isOn(): boolean {
    return this.#recorder !== undefined && this.#recorder.state !== 'inactive';
  }

  /**
   * One after another: a stop waits for the start before it. What has nothing to wait for begins at once, so that a `pause()`
   * on the next line finds it begun.
   */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = (this.#turn ? this.#turn.then(task) : task()).catch((error: TrackreelError) => this.#fail(error));
    this.#turn = turn;
    return turn.then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
  }

  async #start(reel: Reel | string | undefined): Promise<void> {
    const id = typeof reel === 'string' ? reel : reel?.id;
    if (this.#recorder?.state === 'stopping') await this.#stop();
    if (this.#isOn && (reel === undefined || id === this.#recorder?.reel?.id)) return;
    const before = this.#recorder;
    this.#error = undefined;
    try {
      if (!this.#isOn) this.#recorder = this.#make();
      const started = this.#recorder!.start(reel);
      this.#update();
      await started;
      this.#stopIfLeft();
    } catch (error) {
      // What was recorded before can still be exported.
      this.#recorder = before;
      throw error;
    }
  }

  /** Not at once: what is moved is held again right away, and what a child's effect begins only after that. */
  #stopIfLeft(): void {
    setTimeout(() => this.#wasHeld && this.#holders === 0 && void this.stop());
  }

  async #stop(): Promise<void> {
    if (!this.#isOn) return;
    const stopped = this.#recorder?.stop();
    this.#update();
    await stopped?.catch((error: TrackreelError) => {
      // An event told it before.
      if (!this.#error) throw error;
    });
  }

  #make(): Recorder {
    // What is missing or wrong is for the recorder to say.
    const recorder = new Recorder(this.#source as MediaStream, this.options);
    for (const type of EVENTS) recorder.addEventListener(type, (event) => this.#take(recorder, event));
    return recorder;
  }

  #take(recorder: Recorder, event: RecorderEventMap[keyof RecorderEventMap]): void {
    if (recorder !== this.#recorder) return;
    if (event.type === 'start') this.#stopReason = undefined;
    if (event.type === 'stop') this.#stopReason = (event as RecorderEventMap['stop']).detail.reason;
    if (event.type === 'error') this.#error = (event as RecorderEventMap['error']).detail;
    this.#update();
    this.#onEvent(event);
  }

  #fail(error: TrackreelError): void {
    this.#error = error;
    this.#update();
    this.#onEvent(new CustomEvent('error', { detail: error }) as RecorderEventMap['error']);
  }

  #update(): void {
    const recorder = this.#recorder;
    const { time, remaining, bytes, frames, drops, frozen } = recorder?.progress ?? IDLE;
    const { state, reel } = recorder ?? IDLE;
    const now = { state, frozen, stopReason: this.#stopReason, error: this.#error, reel, recorder };
    if (differ(this.#state, now)) this.#state = now;
    this.#status = { ...now, time, remaining, bytes, frames, drops };
    for (const listener of this.#listeners) listener();
  }
}

/** Whether these are two states. A recorder gives another object for the same reel each time. */
function differ(before: RecordingState, now: RecordingState): boolean {
  const { reel, ...rest } = now;
  const names = Object.keys(rest) as (keyof typeof rest)[];
  return before.reel?.id !== reel?.id || names.some((name) => before[name] !== now[name]);
}

function trackOf(source: MediaStream | MediaStreamTrack | null | undefined): MediaStreamTrack | undefined {
  const isStream = typeof MediaStream !== 'undefined' && source instanceof MediaStream;
  return isStream ? source.getVideoTracks()[0] : ((source as MediaStreamTrack | null) ?? undefined);
}
