/**
 * {@link RecordingSession}: the state of a recording for a framework's own means, as React's hook has it.
 *
 * @module trackreel/session
 */

import { Recorder, StateError } from './index.js';
import type { Drops, ExportOptions, Movie, RecorderEventMap, RecorderOptions } from './index.js';
import type { RecorderSource, RecorderState, Reel, StartOptions, StopReason, TrackreelError } from './index.js';

/** The progress of a recording, as one value. It is replaced several times a second, and never changed. */
export interface RecordingProgress {
  /** Length of the recording so far, in seconds, or of the last recording. Paused time does not count. */
  readonly duration: number;
  /** Seconds until {@link RecorderOptions.maxLength}. `Infinity` without a limit, and before the start. */
  readonly remaining: number;
  /** Encoded size so far, in bytes. */
  readonly bytes: number;
  /** Frames in the recording. */
  readonly frames: number;
  /** Dropped frames, by reason. */
  readonly drops: Drops;
}

/**
 * The state of a recording, as one value. It is replaced when the state changes, and never changed.
 *
 * Progress does not replace it.
 */
export interface RecordingState {
  /** The state of the recorder; `inactive` while there is none. */
  readonly state: RecorderState;
  /** Whether the picture is static and its repeats are dropped. */
  readonly frozen: boolean;
  /** Why the last recording ended; `undefined` before that, and while one is on. */
  readonly stopReason: StopReason | undefined;
  /** What failed last, until the next start or export. Its `code` is stable. */
  readonly error: TrackreelError | undefined;
  /** The recording on disk, as it was at the last change of the state; `undefined` before the first one. */
  readonly reel: Reel | undefined;
  /** The current {@link Recorder}, for its other events and properties. Every start makes a new one. */
  readonly recorder: Recorder | undefined;
}

/** State and progress, as one value. It is replaced when something changes, and never changed. */
export interface RecordingStatus extends RecordingState, RecordingProgress {}

/**
 * The actions of a page. None rejects: a failure is in {@link RecordingState.error}.
 *
 * Each is the same function in every render.
 */
export interface RecordingActions {
  /**
   * Starts a recording of the current source with the current options, or resumes a reel.
   *
   * It waits for a recording that is ending. While one is on it does nothing, unless another reel is given: that fails with
   * `invalid-state`.
   *
   * @param options - as of {@link Recorder.start}: the reel to resume, or its id; a new one if omitted
   */
  readonly start: (options?: StartOptions | Reel | string) => Promise<void>;
  /** Drops frames from the next one on. Does nothing while nothing is being recorded. */
  readonly pause: () => void;
  /** Takes frames again from the next one on. Does nothing while nothing is being recorded. */
  readonly resume: () => void;
  /**
   * Records another track from now on, into the same file: {@link Recorder.replaceTrack}. It is the current source then.
   *
   * Call it before the component or the element gets that source, since it ends a recording of any other track.
   */
  readonly replaceTrack: (source: RecorderSource) => Promise<void>;
  /** Ends the recording, also one that is starting. Resolves when all of it is on disk, or at once if none is on. */
  readonly stop: () => Promise<void>;
  /**
   * Exports everything recorded so far, or a part of it, as one file. Recording continues.
   *
   * Gives `undefined` if it failed or was aborted.
   *
   * @param options - see {@link ExportOptions}
   */
  readonly exportFile: (options?: ExportOptions) => Promise<Movie | undefined>;
}

/** Is called with every event of every recorder, and with what else fails. */
type Listening = (event: RecorderEventMap[keyof RecorderEventMap]) => void;

const EVENTS: readonly (keyof RecorderEventMap)[] = [
  'start',
  'pause',
  'resume',
  'progress',
  'freeze',
  'stall',
  'space',
  'source',
  'scaled',
  'cleanup',
  'limit',
  'next',
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
  duration: 0,
  remaining: Infinity,
  bytes: 0,
  frames: 0,
  drops: { paused: 0, maxFps: 0, freeze: 0, backpressure: 0, encoder: 0, missed: 0, network: 0 },
};

/**
 * Records for a part of a page whose source comes, changes and goes, as a component's does: what a hook of a framework is made of. A
 * {@link Recorder} is of one track and one set of options; this makes one for each start.
 *
 * ```ts
 * const session = new RecordingSession();
 * session.source = stream;
 * const end = session.subscribe(() => render(session.status()));
 * await session.start();
 * ```
 */
export class RecordingSession implements RecordingActions {
  /** What the next start records with. */
  options: RecorderOptions = {};
  #source: RecorderSource | null | undefined;
  /** What takes its place, while that is under way. */
  #coming: RecorderSource | undefined;
  #recorder: Recorder | undefined;
  #error: TrackreelError | undefined;
  #stopReason: StopReason | undefined;
  #status = IDLE;
  #state = IDLE_STATE;
  #holders = 0;
  #wasHeld = false;
  readonly #onEvent: Listening;
  /** Makes the recorder of each start. @internal */
  protected newRecorder = newRecorder;
  readonly #listeners = new Set<() => void>();
  /** The last start or stop that was asked for, while it is under way. */
  #turn: Promise<void> | undefined;

  /**
   * Makes one without a source.
   *
   * @param onEvent - is called with every event of every recorder, and with an `error` event of an action that failed
   */
  constructor(onEvent: Listening = () => {}) {
    this.#onEvent = onEvent;
  }

  /** The state and the progress now. */
  readonly status = (): RecordingStatus => this.#status;

  /** The state without the progress: another value only when the state changes. */
  readonly state = (): RecordingState => this.#state;

  /** Calls a listener whenever the status changes. Returns a function that ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * The source of the next start; `null` for none. A recording of another track ends, and stays on disk.
   *
   * @defaultValue none
   */
  get source(): RecorderSource | null | undefined {
    return this.#source;
  }

  /** Sets another, or none with `null`. */
  set source(source: RecorderSource | null | undefined) {
    const [before, audio] = [trackOf(this.#source, 'audio'), trackOf(source, 'audio')];
    this.#source = source;
    if (source && this.#coming && leadingOf(source) === leadingOf(this.#coming)) return;
    if (!this.#isOn) return;
    if (this.#recorder?.track !== leadingOf(source)) void this.stop();
    else if (audio && audio !== before) void this.#inTurn(async () => this.#recorder?.replaceTrack(audio));
  }

  /**
   * Notes that what shows the recording is there, such as a component. Returns a function that notes that it is gone.
   *
   * A recording that is on then, or begins later, is ended, unless this is called once more within the current task, as for a component that is
   * only moved, and in React's strict mode. Without any call a recording lasts until {@link RecordingSession.stop}.
   */
  readonly hold = (): (() => void) => {
    this.#wasHeld = true;
    this.#holders++;
    return () => {
      this.#holders--;
      this.#stopIfLeft();
    };
  };

  readonly start = (options?: StartOptions | Reel | string): Promise<void> => this.#inTurn(() => this.#start(options));

  readonly replaceTrack = (source: RecorderSource): Promise<void> => {
    this.#coming = source;
    return this.#inTurn(async () => {
      if (this.#isOn) await this.#recorder?.replaceTrack(source);
      this.#source = merged(this.#source, source);
      this.#update();
    }).finally(() => {
      if (this.#coming === source) this.#coming = undefined;
    });
  };

  readonly pause = (): void => {
    if (this.#isOn) this.#recorder?.pause();
  };

  readonly resume = (): void => {
    if (this.#isOn) this.#recorder?.resume();
  };

  readonly stop = async (): Promise<void> => {
    if (this.#turn || this.#isOn) await this.#inTurn(() => this.#stop());
  };

  readonly exportFile = async (options: ExportOptions = {}): Promise<Movie | undefined> => {
    this.#error = undefined;
    this.#update();
    try {
      if (!this.#recorder)
        throw new StateError('nothing-recorded', 'there is nothing to export: no recording was begun');
      return await this.#recorder.export(options);
    } catch (error) {
      // Who gave it up knows.
      if (!options?.signal?.aborted) this.#fail(error as TrackreelError);
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

  async #start(options: StartOptions | Reel | string | undefined): Promise<void> {
    const isReel = typeof options !== 'object' || options === null || 'id' in options;
    const reel = isReel ? options : options.reel;
    const id = typeof reel === 'string' ? reel : reel?.id;
    if (this.#recorder?.state === 'stopping') await this.#stop();
    if (this.#isOn && (reel === undefined || id === this.#recorder?.reel?.id)) return;
    const before = this.#recorder;
    this.#error = undefined;
    try {
      if (!this.#isOn) this.#recorder = this.#make();
      const started = this.#recorder!.start(options);
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
      // An event reported it before.
      if (!this.#error) throw error;
    });
  }

  #make(): Recorder {
    // What is missing or wrong is for the recorder to report.
    const recorder = this.newRecorder(this.#source as MediaStream, this.options);
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
    this.#onEvent(new CustomEvent('error', { detail: error }));
  }

  #update(): void {
    const recorder = this.#recorder;
    const { duration, remaining, bytes, frames, drops, frozen } = recorder?.progress ?? IDLE;
    const { state, reel } = recorder ?? IDLE;
    const now = { state, frozen, stopReason: this.#stopReason, error: this.#error, reel, recorder };
    if (differ(this.#state, now)) this.#state = now;
    this.#status = { ...now, duration, remaining, bytes, frames, drops };
    for (const listener of this.#listeners) listener();
  }
}

function newRecorder(source: MediaStream, options: RecorderOptions): Recorder {
  return new Recorder(source, options);
}

/** Whether these are two states. A recorder gives another object for the same reel each time. */
function differ(before: RecordingState, now: RecordingState): boolean {
  const { reel, ...rest } = now;
  const names = Object.keys(rest) as (keyof typeof rest)[];
  return before.reel?.id !== reel?.id || names.some((name) => before[name] !== now[name]);
}

/** A source with what it lacks taken from the one before it: a recorder keeps the other kind's track as well. */
function merged(before: RecorderSource | null | undefined, source: RecorderSource): RecorderSource {
  const [video, audio] = [trackOf(source), trackOf(source, 'audio')];
  const [oldVideo, oldAudio] = [trackOf(before), trackOf(before, 'audio')];
  if ((video && audio) || !(video ? oldAudio : oldVideo)) return source;
  return [video ?? oldVideo!, audio ?? oldAudio!];
}

/** The track that a recording of a source is as long as. */
function leadingOf(source: RecorderSource | null | undefined): MediaStreamTrack | undefined {
  return trackOf(source) ?? trackOf(source, 'audio');
}

function trackOf(source: RecorderSource | null | undefined, kind = 'video'): MediaStreamTrack | undefined {
  try {
    const isStream = typeof source === 'object' && source !== null && 'getTracks' in source;
    const tracks: readonly MediaStreamTrack[] = Array.isArray(source)
      ? source
      : isStream
        ? source.getTracks()
        : [source];
    const ofKind = tracks.filter((track) => (track.kind === 'audio') === (kind === 'audio'));
    return ofKind.find(({ readyState }) => readyState === 'live') ?? ofKind[0];
  } catch {
    // The next start says what is wrong with it.
    return undefined;
  }
}
