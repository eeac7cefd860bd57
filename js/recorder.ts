/// <reference lib="esnext.disposable" preserve="true" />
import { hasEnded, hasProcessor, isDevice, pageFault, sizeOf } from './capture.js';
import { entriesOf, jsonEntry, optionsOf } from './option-entries.js';
import { errorFrom, errorOf, nameOf, type TrackreelError } from './errors.js';
import type { RecorderEventMap } from './events.js';
import { handOver, type HandedOver } from './hand-over.js';
import type { Started, WorkerEvent } from './messages.js';
import type { Fragment, FragmentOptions } from './fragments.js';
import type { SaveToOptions } from './mirror.js';
import { shownBy } from './captions.js';
import { timeOf, type ExportOptions, type Movie } from './movie.js';
import type { PictureOptions } from './pictures.js';
import { checkKinds } from './option-kinds.js';
import { Port } from './port.js';
import { beginLive, endLive } from './reel-locks.js';
import { captureReceived, chooseSource, containerOf, mayBeKept, notKeepable, type SourceChoice } from './received.js';
import { RecordedSound, whyUnheard } from './recorded-sound.js';
import { recordingOf, follow, forgetLost, ownerOf, release, roomInMemory, type Recording } from './recording.js';
import { Reel, reels, reelsChanged, snapshotOf } from './reels.js';
import { audioTrackOf, isSound, leadingTrackOf, type RecorderSource } from './source.js';
import { support, type Support } from './support.js';
import type { Cue, CueOptions, Mark, Progress, RecorderOptions, StopReason } from './types.js';
import { transfersOf, type FrameSource } from './transferred.js';

/** How a recording starts. */
export interface StartOptions {
  /**
   * The reel to resume, or its id.
   *
   * @defaultValue none: a new reel
   */
  reel?: Reel | string | undefined;
  /** Aborts the start, which then rejects with the signal's reason. Once it has started, the signal is without effect. */
  signal?: AbortSignal | undefined;
}

/** The state of a {@link Recorder}. `starting` and `stopping` last until their promise settles. */
export type RecorderState = 'inactive' | 'starting' | 'recording' | 'paused' | 'stopping';

/**
 * Records a live video track and its sound, or sound alone, into an MP4 or a WebM, in the browser.
 *
 * It has the shape of `MediaRecorder`. {@link Recorder.export} gives the recording at any time, while recording and after.
 *
 * ```ts
 * const recorder = new Recorder(stream);
 * await recorder.start();
 * const blob = await recorder.export(); // everything so far; recording continues
 * await recorder.stop();
 * ```
 */
export class Recorder extends EventTarget {
  /** What a console shows, whatever packs the page. @internal */
  static override readonly name = 'Recorder';

  static {
    // Not every browser has the symbol.
    if (Symbol.asyncDispose) {
      Object.defineProperty(this.prototype, Symbol.asyncDispose, {
        async value(this: Recorder) {
          if (this.state !== 'inactive') await this.stop();
        },
      });
    }
  }

  readonly #options: RecorderOptions;
  #phase: 'inactive' | 'starting' | 'active' | 'stopping' = 'inactive';
  #paused = false;
  #progress = NOTHING;
  #recording: Recording | undefined;
  /** Those before it that are still being stored. */
  readonly #followed = new Map<string, Recording>();
  /** Who waits until none of them is. */
  #waiting: (() => void)[] = [];
  #starting: Promise<void> | undefined;
  #replacing: Promise<void> = Promise.resolve();
  #track: MediaStreamTrack;
  readonly #sound: RecordedSound;
  /** How the frames of its track are recorded. */
  #choice: SourceChoice = {};

  /**
   * @param source - a track; a stream, whose first video track and first audio track are recorded; or tracks of any streams. A track
   *   of sound that comes later is recorded from then on. Without a video track it is sound alone
   * @param options - see {@link RecorderOptions}; their values are checked by {@link Recorder.start}
   * @throws SourceError `invalid-source` if there is no track in it
   * @throws OptionError `invalid-option` if there is no option of a name, or it has another type
   * @throws UnsupportedError `unsupported` if the browser has no media streams
   */
  constructor(source: RecorderSource, options: RecorderOptions = {}) {
    super();
    checkKinds(options);
    this.#track = leadingTrackOf(source);
    this.#sound = new RecordedSound(source);
    this.#options = options;
  }

  /**
   * Reports what a recording with these options would use in this browser, or why none is possible.
   *
   * It tries the encoder with a few pictures and stores nothing.
   *
   * @throws OptionError `invalid-option` if an option is not valid
   */
  static async support(options: RecorderOptions = {}): Promise<Support> {
    checkKinds(options);
    return support(options);
  }

  /** The video track that is recorded, or the audio track of sound alone. {@link Recorder.replaceTrack} sets another. */
  get track(): MediaStreamTrack {
    return this.#track;
  }

  /** The state now. */
  get state(): RecorderState {
    if (this.#phase !== 'active') return this.#phase;
    return this.#paused ? 'paused' : 'recording';
  }

  /** Whether frames are dropped for a pause, or will be once recording starts. */
  get paused(): boolean {
    return this.#paused;
  }

  /** The progress of this recording, or of the last one. */
  get progress(): Progress {
    return this.#progress;
  }

  /**
   * The recording as a reel, as it is now.
   *
   * It exists from {@link Recorder.start} on, and stays on disk after the page is closed, unless the recording ended without a frame or a sound.
   * {@link reels} lists it once a part of it is on disk, after about half a second. One in memory is only here:
   * {@link RecorderOptions.storage}.
   */
  get reel(): Reel | undefined {
    if (!this.#recording || (this.#phase === 'inactive' && this.#progress.bytes === 0)) return undefined;
    return reelOf(this.#recording, this.#progress, this.#phase !== 'inactive');
  }

  /**
   * Starts a new recording, or resumes a reel that was interrupted or stopped.
   *
   * Resolves when frames are taken. The first frame may come later. A resumed reel keeps its codec and its picture size. New frames follow
   * its last one, after a cut, and its limit counts all of it.
   *
   * ```ts
   * await recorder.start({ reel: await reels.get(id), signal: AbortSignal.timeout(10_000) });
   * ```
   *
   * @param options - the reel to resume, and a signal; or only the reel, or its id
   * @throws StateError `invalid-state` if it is recording already, or the reel is being recorded, here or in another tab, or of a reel of
   *   sound alone and this source one has pictures; `no-such-reel` if the reel was deleted
   * @throws SourceError `invalid-source` if the track has ended, or is an audio track and `audio` is `false`
   * @throws OptionError `invalid-option` if an option is not valid, or `reel` is no reel
   * @throws DisabledError `disabled` if the option `enabled`, or the environment, disables recording
   * @throws UnsupportedError `unsupported` if the browser can't record, or not with this codec, or plays no video before a click
   * @throws StorageError `storage` if the browser gives no disk and `storage` is `'disk'`, or the reel can't be read; `quota` if there is no room for
   *   even ten seconds
   * @throws WorkerError `worker-lost` if the worker can't be loaded: see {@link locate}
   */
  async start(options?: StartOptions | Reel | string): Promise<void> {
    if (this.#phase !== 'inactive')
      throw errorOf('invalid-state', `start() was called while ${this.state}: stop() comes first`);
    const { reel, signal } = startOf(options);
    signal?.throwIfAborted();
    this.#starting = this.#start(reel, signal);
    await this.#starting.finally(() => (this.#starting = undefined));
  }

  async #start(reel: Reel | string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const options = entriesOf(this.#options);
    const id = reelIdOf(reel);
    const fault = pageFault();
    if (fault) throw fault;
    const { track } = this;
    if (hasEnded(track)) throw errorOf('invalid-source', 'the track has ended already');
    const port = new Port(
      (event) => this.#onWorkerEvent(event),
      (error) => void this.#onWorkerLost(port, error),
    );
    const visitBegan = cleaned ? undefined : performance.timeOrigin;
    const room = roomInMemory();
    const setup = { paused: this.#paused, device: isDevice(track), ...sizeOf(track), reel: id, visitBegan, room };
    this.#phase = 'starting';
    const abort = () => port.lose('its start was aborted');
    signal?.addEventListener('abort', abort);
    try {
      const container = reel === undefined ? containerOf(options) : undefined;
      const finding = this.#chooseSource(track, this.#sound.wantedTrack(options), container);
      const choice = (finding && (await finding)) ?? {};
      const sound = choice.sound
        ? this.#sound.takeTapped(choice.sound)
        : this.#sound.take(options, (error) => void this.#onNoSound(port, error));
      this.#reportMuted(port);
      const start = (source?: FrameSource) =>
        port.call(
          'start',
          { source, sound, options, setup },
          [source, sound].filter((sent) => sent !== undefined).flatMap(transfersOf),
        );
      if (this.#isSoundAlone && !sound) throw whyUnheard(options);
      const { capture, answer } = this.#isSoundAlone
        ? { capture: NO_FRAMES, answer: await start() }
        : await this.#handOver(track, port, start, choice);
      this.#choice = choice;
      this.#recording = recordingOf(answer, port, capture);
      // What is not encoded need not be captured.
      if (!answer.hasSound) this.#sound.stop();
    } catch (error) {
      // It may still be starting, with the reel's lock.
      port.lose('it did not begin');
      this.#sound.release();
      this.#phase = 'inactive';
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    cleaned = true;
    // Some browsers ask the user, which recording doesn't wait for.
    if (this.#recording.persist) navigator.storage?.persist?.().catch(() => false);
    this.#progress = { ...NOTHING, remaining: this.#recording.maxLength };
    beginLive(this.#recording.id);
    this.#phase = 'active';
    if (this.#paused !== setup.paused) port.notify(this.#paused ? 'pause' : 'resume');
    // A browser may lose the end of a track that comes while its frames are on their way to the worker.
    if (hasEnded(track) && !this.#isSoundAlone) port.notify('trackEnded');
    this.#watchWorker(this.#recording);
    this.#emit('start', null);
    this.#reportSource();
  }

  /** Finds out how a track is recorded, beside this sound. Takes no time if it is not tapped: what follows may have to be in a click. */
  #chooseSource(
    track: MediaStreamTrack,
    soundTrack: MediaStreamTrack | undefined,
    container: string | undefined,
  ): Promise<SourceChoice> | undefined {
    const options = entriesOf(this.#options);
    return track.kind === 'video' && mayBeKept(track, options)
      ? chooseSource(track, options, soundTrack, container)
      : undefined;
  }

  /** Hands a worker the frames of a track: as they are received, if they can be kept so. */
  async #handOver<T>(
    track: MediaStreamTrack,
    port: Port,
    send: (source: FrameSource) => Promise<T>,
    { tapped, watches }: SourceChoice,
  ): Promise<HandedOver<T>> {
    const onEnded = () => port.notify('trackEnded');
    if (!tapped) return handOver(track, port, send, onEnded);
    if (hasEnded(track)) throw errorOf('invalid-source', 'the track has ended already');
    const capture = captureReceived(track, tapped, watches, onEnded, () => void this.#onUnfit('too-late'));
    try {
      return { capture, answer: await send(capture.source) };
    } catch (error) {
      capture.stop();
      throw error;
    }
  }

  /** Reports why frames of a tapped track are encoded. */
  #reportSource(): void {
    const { reason } = this.#choice;
    if (reason) this.#emit('source', { source: 'frames', reason });
  }

  /** Has frames be encoded that can't be kept as they are received, or be taken another way than by a tap, and sound as well. */
  async #onUnfit(reason: string): Promise<void> {
    await this.#starting?.catch(() => {});
    const { track } = this;
    if (this.#phase !== 'active' || hasEnded(track)) return;
    if (reason === 'sound') {
      if (!this.#sound.isTapped || this.#sound.hasEnded) return;
      // Packets come beside frames that are kept, unless any sound will do.
      if (!this.#choice.tapped || this.#options.source === 'received') return this.#untapSound();
    }
    if (!this.#choice.tapped && reason !== 'tap-lost') return;
    this.#choice = { reason };
    try {
      if (this.#options.source === 'received') throw notKeepable(reason);
      // Another may have taken its place meanwhile.
      const replace = async () =>
        void (this.#track === track && (await this.#replaceTrack(track, undefined, { reason })));
      await this.#queueReplacement(replace);
    } catch (error) {
      if (this.#phase !== 'active') return;
      this.#fail(error as TrackreelError);
      return void this.stop().catch(() => {});
    }
    if (reason === 'sound') this.#untapSound();
  }

  /** Takes the sound of a tapped track another way. */
  #untapSound(): void {
    const port = this.#phase === 'active' ? this.#recording?.port : undefined;
    if (!port || !this.#sound.isTapped) return;
    this.#sound.release();
    this.#takeSound(port);
  }

  /**
   * Drops frames from the next one on, until {@link Recorder.resume} or the end of the recording.
   *
   * It may be called at any time, even before {@link Recorder.start}, and twice.
   */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (this.#phase === 'active') this.#recording?.port?.notify('pause');
    this.#emit('pause', null);
  }

  /** Takes frames again from the next one on. They follow the last frame before the pause without a gap. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#phase === 'active') this.#recording?.port?.notify('resume');
    this.#emit('resume', null);
  }

  /**
   * Records another track from now on, into the same file: from camera to screen, of another participant, or of a new connection.
   *
   * An audio track, or a stream with nothing else, replaces the sound only. A stream with both replaces both, one without sound the picture only.
   * A recording of sound alone takes no picture.
   *
   * Resolves when its frames are taken, or its sound is asked for: stop the track before only then. With `freeze: 'cut'` the time until its first frame is cut, else it is kept. Pictures of another
   * size are scaled, and of another shape get black around them. A paused recording stays paused. It may also be called while nothing is
   * recorded: the next start records this track. The end of the track before does not end the recording any more.
   *
   * @param source - the track, or a stream, or tracks of any streams
   * @throws SourceError `invalid-source` if there is no track in it, it has ended, or it has pictures and sound alone is recorded: the
   *   recording continues with the track before
   * @throws StateError `invalid-state` if the recording is ending, or ends meanwhile
   * @throws WorkerError `worker-lost` if the worker was lost
   */
  async replaceTrack(source: RecorderSource): Promise<void> {
    const audio = audioTrackOf(source);
    const track = isSound(source) ? undefined : leadingTrackOf(source);
    if (track ? hasEnded(track) : !audio) throw errorOf('invalid-source', 'the track has ended already');
    // At once, so that a start() on the next line records it.
    if (this.#phase === 'inactive') return this.#take(track, audio && source);
    await this.#queueReplacement(() => this.#replaceTrack(track, audio && source));
  }

  /** One after another. */
  async #queueReplacement(replace: () => Promise<void>): Promise<void> {
    this.#replacing = this.#replacing.catch(() => {}).then(replace);
    await this.#replacing;
  }

  /** Notes what is recorded from now on, as far as it is given. */
  #take(track: MediaStreamTrack | undefined, soundSource: RecorderSource | undefined): void {
    // An audio track takes the place of sound alone.
    this.#track = track ?? (this.#isSoundAlone ? audioTrackOf(soundSource ?? this.#track) : undefined) ?? this.#track;
    this.#sound.source = soundSource ?? this.#sound.source;
  }

  async #replaceTrack(
    track: MediaStreamTrack | undefined,
    soundSource: RecorderSource | undefined,
    known?: SourceChoice,
  ): Promise<void> {
    while (this.#starting) await this.#starting.catch(() => {});
    if (this.#phase === 'stopping') throw errorOf('invalid-state', 'replaceTrack() was called while stopping');
    const recording = this.#recording;
    const port = this.#phase === 'active' ? recording?.port : undefined;
    if (port && track && this.#isSoundAlone)
      throw errorOf('invalid-source', 'sound alone is recorded: it takes no pictures');
    if (recording && port && track) {
      const replace = (source: FrameSource) =>
        port.call('replaceTrack', { source, device: isDevice(track) }, transfersOf(source));
      const soundTrack = this.#sound.wantedTrack(entriesOf(this.#options), soundSource);
      const choice = known ?? (await this.#chooseSource(track, soundTrack, recording.container)) ?? {};
      const { capture } = await this.#handOver(track, port, replace, choice).catch((error) => {
        choice.sound?.stop();
        throw error;
      });
      this.#choice = choice;
      if (choice.sound) {
        const source = this.#sound.takeTapped(choice.sound);
        this.#reportMuted(port);
        port.call('replaceSound', source, transfersOf(source)).catch(() => {});
      }
      // Another may have followed it.
      if (this.#recording?.port !== port || this.#phase !== 'active') {
        capture.stop();
        throw errorOf('invalid-state', 'the recording has ended meanwhile');
      }
      this.#recording.capture.stop();
      this.#recording.capture = capture;
      if (hasEnded(track)) port.notify('trackEnded');
      this.#reportSource();
    }
    this.#take(track, soundSource);
    if (port && soundSource) this.#takeSound(port);
    // Packets are earlier than pictures of a processor. Where there is none, sound that comes another way may need a click.
    if (track && !this.#choice.tapped && hasProcessor()) this.#untapSound();
  }

  /** The marks of {@link Recorder.reel} as they are now, in the order of their times. */
  get marks(): readonly Mark[] {
    return this.reel?.marks ?? [];
  }

  /**
   * Marks the newest frame that has come, with a name and data: a scene, a prompt, a click.
   *
   * In a pause and in a freeze that is cut the mark is where the recording continues. A mark moves to an earlier time if its frame turns out to
   * be part of a freeze that is cut, and goes with what {@link RecorderOptions.keepLast} removes. Marks are stored with the recording,
   * twice a second. {@link Reel.marks} lists them, an export has them as chapters, and {@link ExportOptions.from} and `to` take them. A reel has at most 10,000
   * marks, and 4 MB of names and data.
   *
   * @param name - 1 to 200 characters
   * @param data - anything that JSON can hold, at most 16 kB of it
   * @throws StateError `invalid-state` if nothing is being recorded, or the reel has as many marks as it may have
   * @throws OptionError `invalid-option` if the name or the data are not valid
   * @throws WorkerError `worker-lost` if the worker was lost
   */
  async mark(name: string, data?: unknown): Promise<Mark> {
    const port = this.#phase === 'active' ? this.#recording?.port : undefined;
    if (!port) throw errorOf('invalid-state', `mark() was called while ${this.state}`);
    return port.call('mark', [...entriesOf({ name }), ...jsonEntry('data', data)]);
  }

  /** The words of {@link Recorder.reel} as they are now, in the order of their times. */
  get cues(): readonly Cue[] {
    return this.reel?.cues ?? [];
  }

  /**
   * Adds words to the recording, as a subtitle: what is said, or the prompt that made the picture.
   *
   * Without `to` they last until the next ones. They are stored like marks and move like marks ({@link Recorder.mark}). {@link Reel.cues} lists them,
   * a file has them as a track of subtitles, and {@link Reel.vtt} makes a WebVTT file. A reel has at most 10,000 marks and cues together.
   *
   * ```ts
   * await recorder.cue({ text: 'A street in the rain' });
   * ```
   *
   * @throws StateError `invalid-state` if nothing is being recorded, or the reel has as many marks and cues as it may have
   * @throws OptionError `invalid-option` if the text or a time is not valid, or `to` is not later than `from`
   * @throws WorkerError `worker-lost` if the worker was lost
   */
  async cue(words: CueOptions): Promise<Cue> {
    const { text, from, to, ...rest } = optionsOf(words);
    // No entry at all ends words.
    const entries = entriesOf({ ...rest, text: text ?? null, from: timeOf(from), to: timeOf(to) });
    return this.#cuePort('cue').call('cue', entries);
  }

  /**
   * Ends the words that have no end, now. Does nothing if there are none.
   *
   * @throws StateError `invalid-state` if nothing is being recorded
   * @throws WorkerError `worker-lost` if the worker was lost
   */
  async endCue(): Promise<void> {
    await this.#cuePort('endCue').call('cue', []);
  }

  #cuePort(call: string): Port {
    const port = this.#phase === 'active' ? this.#recording?.port : undefined;
    if (!port) throw errorOf('invalid-state', `${call}() was called while ${this.state}`);
    return port;
  }

  /**
   * Adds what a text track shows to the recording, from now on: the words that are active beside the picture, when they are.
   *
   * Words of several cues at the same time are lines of one cue. Markup goes, and words behind the first 1000 characters. A track that is
   * disabled is set to `hidden`, since its cues are never active. It may be called before {@link Recorder.start}. An `error` event reports what
   * could not be added.
   *
   * @param track - of the media element that shows what is recorded
   * @returns ends it
   */
  followCues(track: TextTrack): () => void {
    return shownBy(track, this, (text) => {
      if (this.#phase !== 'active') return;
      const added = text ? this.cue({ text }) : this.endCue();
      added.catch((error) => this.#phase === 'active' && this.#emit('error', error));
    });
  }

  /**
   * Exports everything received before this call, or a part of it, as one file: `video/mp4` or `video/webm`, and of sound alone `audio/mp4`
   * or `audio/webm`.
   *
   * Recording continues. It may be called at any time and any number of times: during another export, while paused, and after the end.
   *
   * @throws StateError `nothing-recorded` if there is no frame yet; `no-such-reel` if the reel was deleted
   * @throws OptionError `invalid-option` if an option is not valid
   * @throws StorageError `storage` if the store can't be read
   * @throws WorkerError `worker-lost` if the worker ends during the export
   */
  async export(options: ExportOptions = {}): Promise<Movie> {
    const { reel } = this;
    if (!reel) throw errorOf('nothing-recorded', 'there is nothing to export: no frame has been recorded');
    return reel.export(options);
  }

  /**
   * The words of the recording as a WebVTT file: {@link Reel.vtt} of the {@link Recorder.reel} at this moment.
   *
   * @throws StateError `nothing-recorded` if there is no frame yet
   * @throws OptionError `invalid-option` if an option is not valid
   */
  async vtt(options: ExportOptions = {}): Promise<Movie> {
    const { reel } = this;
    if (!reel) throw errorOf('nothing-recorded', 'there are no words: no frame has been recorded');
    return reel.vtt(options);
  }

  /**
   * The recording as fragmented MP4 while it is recorded: {@link Reel.fragments} of the {@link Recorder.reel} at this moment.
   *
   * @throws StateError `nothing-recorded` if nothing was started
   * @throws OptionError `invalid-option` if an option is not valid
   */
  fragments(options: FragmentOptions = {}): ReadableStream<Fragment> {
    const { reel } = this;
    if (!reel) throw errorOf('nothing-recorded', 'there are no fragments: nothing was started');
    return reel.fragments(options);
  }

  /**
   * Saves the recording to a file while it is recorded: {@link Reel.saveTo} of the {@link Recorder.reel} at this moment.
   *
   * @throws StateError `nothing-recorded` if nothing was started
   */
  async saveTo(file?: FileSystemFileHandle, options: SaveToOptions = {}): Promise<void> {
    const { reel } = this;
    if (!reel) throw errorOf('nothing-recorded', 'there is nothing to save: nothing was started');
    await reel.saveTo(file, options);
  }

  /**
   * Makes an image of the newest picture of the recording: the last one that the encoder has returned.
   *
   * While recording it is some tens of milliseconds old, and in a pause or a freeze the last one before it. It is decoded from the last key
   * frame on: up to about two seconds of pictures, and up to {@link RecorderOptions.keyFrameInterval} of frames kept as they were received.
   * The encoder is not flushed for it.
   *
   * @throws StateError `nothing-recorded` if no picture has been encoded yet; `no-such-reel` if the reel was deleted
   * @throws OptionError `invalid-option` if an option is not valid
   * @throws UnsupportedError `unsupported` if the browser does not decode the codec, or makes no image of this type
   * @throws StorageError `storage` if the store can't be read
   * @throws WorkerError `worker-lost` if the worker ends meanwhile
   */
  async snapshot(options: PictureOptions = {}): Promise<Blob> {
    const { reel } = this;
    if (!reel) throw errorOf('nothing-recorded', 'there is nothing to show: no frame has been recorded');
    return snapshotOf(reel, options);
  }

  /**
   * Ends the recording. Resolves when all of it is on disk, at once if it has ended already.
   *
   * A recording that is still starting ends as soon as it has begun. If it does not begin, only {@link Recorder.start} rejects.
   *
   * @throws StateError `invalid-state` if nothing was started
   * @throws StorageError `quota` or `storage` if the rest could not be written; {@link Recorder.export} still gives it
   * @throws WorkerError `worker-lost` if the worker was lost, and with it what was not yet on disk
   */
  async stop(): Promise<void> {
    // Why it did not begin is what start() rejects with.
    if (this.#starting) {
      const [started] = await Promise.allSettled([this.#starting]);
      if (started.status === 'rejected') return;
    }
    if (!this.#recording) throw errorOf('invalid-state', 'there is no recording to end');
    if (this.#phase === 'inactive') {
      await this.#allStored();
      if (!this.#recording.saved && this.#recording.failure) throw this.#recording.failure;
      return;
    }
    const { port, failure } = this.#recording;
    // It is lost, and what is on disk is being looked at.
    if (!port) throw failure!;
    this.#phase = 'stopping';
    await port.call('stop', null);
    await this.#allStored();
  }

  /** Resolves when no reel that another has followed is being stored. */
  async #allStored(): Promise<void> {
    if (this.#followed.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Notes that a reel that another has followed is not being stored any more. */
  #forgetFollowed({ id }: Recording): void {
    this.#followed.delete(id);
    endLive(id);
    if (this.#followed.size === 0) this.#waiting.splice(0).forEach((wake) => wake());
  }

  /** Notices a worker that ends without a message, as when the browser ends it: it then releases its reel's lock, if it has one. */
  #watchWorker(recording: Recording): void {
    const { id, inMemory } = recording;
    if (inMemory) return void this.#watchAnswers(recording);
    const released = navigator.locks?.request(`trackreel:${id}`, () => id);
    const watch = () => setTimeout(() => void this.#watchAnswers(recording), FAREWELL_MS);
    // A page whose storage was blocked since gets no lock. Its worker is asked instead.
    released?.then(watch, watch);
  }

  /** Loses a worker that answers no more. */
  async #watchAnswers(recording: Recording): Promise<void> {
    // A page whose site's data were cleared gets a lock that the worker still holds.
    for (let silent = 0; this.#phase !== 'inactive' && recording === this.#recording && recording.port;) {
      silent = (await recording.port.answersWithin(ANSWER_MS)) ? 0 : silent + 1;
      if (silent === SILENT_TIMES) return recording.port?.lose('it has ended');
    }
  }

  #onWorkerEvent(event: WorkerEvent): void {
    if (event.type === 'stored') return reelsChanged();
    if (event.type === 'next') return this.#follow(event.started);
    const followed = event.type !== 'cleanup' && this.#followed.get(event.reel);
    if (event.type === 'mark' || event.type === 'marks') {
      const recording = followed || this.#recording;
      if (recording && event.type === 'mark') recording.marks = [...recording.marks, event.mark];
      if (recording && event.type === 'marks') Object.assign(recording, { marks: event.marks, cues: event.cues });
      return;
    }
    if (followed && event.type !== 'error') {
      if (event.type === 'stop') this.#onFollowedStored(followed, event.progress, event.saved);
      return;
    }
    if (event.type === 'error') {
      return this.#fail(errorFrom(event.error), followed || this.#recording);
    }
    if (event.type === 'freeze') return this.#emit('freeze', event.freeze);
    if (event.type === 'stall') return this.#emit('stall', event.stall);
    if (event.type === 'space') return this.#emit('space', event.space);
    if (event.type === 'unfit') return void this.#onUnfit(event.reason);
    if (event.type === 'scaled') return this.#emit('scaled', event.scaled);
    if (event.type === 'cleanup') {
      const { removed, error } = event;
      const failure = error && { error: errorFrom(error) };
      if (removed.length > 0) reelsChanged();
      return this.#emit('cleanup', { removed: removed.map((info) => new Reel(info)), ...failure });
    }
    this.#progress = event.progress;
    if (this.#recording) this.#recording.bytes = event.progress.bytes;
    if (event.type === 'progress') {
      this.#emit('progress', event.progress);
      return this.#followSound();
    }
    if (event.type === 'limit') {
      if (!event.next) this.#phase = 'stopping';
      return this.#emit('limit', event.progress);
    }
    // What is only in the worker's memory stays there for export().
    if (event.saved && !(this.#recording?.inMemory && event.progress.bytes > 0)) this.#release();
    if (this.#recording) this.#recording.saved = event.saved;
    this.#end(event.reason);
  }

  /** Another recording has followed: it is the one that is recorded from now on. */
  #follow(started: Started): void {
    const followed = this.#recording!;
    this.#followed.set(followed.id, followed);
    this.#recording = follow(followed, started);
    this.#progress = { ...NOTHING, remaining: started.maxLength };
    beginLive(started.id);
    this.#watchWorker(this.#recording);
  }

  #onFollowedStored(followed: Recording, progress: Progress, saved: boolean): void {
    this.#forgetFollowed(followed);
    Object.assign(followed, { saved, bytes: progress.bytes });
    if (saved && !followed.inMemory) release(followed);
    reelsChanged();
    this.#emit('next', { reel: reelOf(followed, progress, false), progress });
  }

  async #onWorkerLost(port: Port, error: TrackreelError): Promise<void> {
    const isCurrent = port === this.#recording?.port;
    for (const followed of this.#followed.values()) {
      if (followed.port !== port) continue;
      followed.failure = error;
      release(followed);
      this.#forgetFollowed(followed);
    }
    forgetLost(port);
    // While it starts, start() rejects.
    if (!isCurrent) return;
    this.#release();
    if (this.#phase === 'inactive') return;
    this.#fail(error);
    // What is on disk is all there is now.
    const stored = this.#recording?.inMemory ? [] : await reels.list().catch(() => []);
    const reel = stored.find(({ id }) => id === this.#recording?.id);
    const { duration = 0, bytes = 0, frames = 0 } = reel ?? {};
    const remaining = Math.max(0, (this.#recording?.maxLength ?? Infinity) - duration);
    this.#progress = { ...this.#progress, duration, remaining, bytes, frames };
    this.#end('error');
  }

  /** Whether there is no video track. */
  get #isSoundAlone(): boolean {
    return this.#track.kind === 'audio';
  }

  /** The recording continues with its video, if it has one. */
  async #onNoSound(port: Port, error: TrackreelError): Promise<void> {
    await this.#starting?.catch(() => {});
    if (port !== this.#recording?.port || this.#phase !== 'active') return;
    this.#emit('error', error);
    // Nothing else is recorded, and nothing will be.
    if (this.#isSoundAlone && error.code === 'worker-lost') await this.stop().catch(() => {});
  }

  /** Takes a track of sound that has come later, or in the place of one that has ended. */
  #followSound(): void {
    const port = this.#phase === 'active' ? this.#recording?.port : undefined;
    if (port) this.#reportMuted(port);
    if (port && (!this.#sound.track || this.#sound.hasEnded)) this.#takeSound(port);
    if (this.#isSoundAlone && this.#sound.hasEnded) port?.notify('trackEnded');
  }

  /** Has a worker know whether the page has disabled a track whose packets it decodes. */
  #reportMuted(port: Port): void {
    const isMuted = this.#sound.toggled();
    if (isMuted !== undefined) port.call('muteSound', isMuted).catch(() => {});
  }

  /** Records the sound that there is in what the page gave from now on. */
  #takeSound(port: Port): void {
    const source = this.#sound.take(entriesOf(this.#options), (error) => void this.#onNoSound(port, error));
    if (!source) return;
    if (this.#isSoundAlone) this.#track = this.#sound.track ?? this.#track;
    // If the worker is lost, that is reported by itself.
    port.call('replaceSound', source, transfersOf(source)).catch(() => {});
  }

  #fail(error: TrackreelError, recording = this.#recording): void {
    if (recording) recording.failure = error;
    this.#emit('error', error);
  }

  #release(): void {
    if (this.#recording) release(this.#recording);
  }

  #end(reason: StopReason): void {
    if (this.#recording) endLive(this.#recording.id);
    this.#recording?.capture.stop();
    this.#sound.release();
    this.#phase = 'inactive';
    this.#paused = false;
    reelsChanged();
    this.#emit('progress', this.#progress);
    this.#emit('stop', { reason, progress: this.#progress });
  }

  #emit<T extends keyof RecorderEventMap>(type: T, detail: RecorderEventMap[T]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** {@link RecorderEventMap} gives the listeners of a {@link Recorder} their types. */
export interface Recorder {
  /**
   * Ends the recording at the end of a block, if one is on: {@link Recorder.stop}.
   *
   * ```ts
   * await using recorder = new Recorder(stream);
   * ```
   */
  [Symbol.asyncDispose](): Promise<void>;
  /** Listens to an event of {@link RecorderEventMap}. */
  addEventListener<T extends keyof RecorderEventMap>(
    type: T,
    listener: (this: Recorder, event: RecorderEventMap[T]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** The listener of every `EventTarget`. */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Removes a listener. */
  removeEventListener<T extends keyof RecorderEventMap>(
    type: T,
    listener: (this: Recorder, event: RecorderEventMap[T]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  /** The listener of every `EventTarget`. */
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** How long a worker that has released its reel may take to report why, in milliseconds. */
const FAREWELL_MS = 2000;

/** How long a worker may take to answer whether it is there, in milliseconds; and how often in a row it may not. */
const ANSWER_MS = 2000;
const SILENT_TIMES = 3;

/** What there is of pictures where sound alone is recorded. */
const NO_FRAMES = { stop() {} };

/** Whether this page has had reels of earlier sessions cleaned up. */
let cleaned = false;

/** A recording as a reel. */
function reelOf(recording: Recording, progress: Progress, isLive: boolean): Reel {
  const { id, container, createdAt, saved, marks, cues } = recording;
  const { duration: duration, bytes, frames, width, height, codec, audioCodec } = progress;
  const state = saved ? 'complete' : isLive ? 'live' : 'interrupted';
  return new Reel(
    { id, container, createdAt, state, duration, bytes, frames, marks, cues, width, height, codec, audioCodec },
    ownerOf(recording),
  );
}

/** What a start is asked for: a reel or an id alone is one to resume. */
function startOf(options: unknown): StartOptions {
  const hasOptions = options instanceof Object && nameOf(options) === 'Object' && !('id' in options);
  if (!hasOptions) return { reel: options as Reel | string | undefined };
  const { reel, signal, ...others } = options as StartOptions;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw errorOf('invalid-option', `start() takes reel and signal, not '${unknown}'`);
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw errorOf('invalid-option', 'signal must be an AbortSignal');
  }
  return { reel, signal };
}

/** A reel's id, of whichever copy of this module, or of another window. */
function reelIdOf(reel: unknown): string | undefined {
  const id = (reel as Reel | null | undefined)?.id ?? reel;
  if (id === undefined || typeof id === 'string') return id;
  throw errorOf('invalid-option', `start() takes a Reel, its id, or { reel, signal }, not ${nameOf(reel)}`);
}

const NOTHING: Progress = {
  duration: 0,
  remaining: Infinity,
  frozen: false,
  bytes: 0,
  frames: 0,
  received: 0,
  drops: { paused: 0, maxFps: 0, freeze: 0, backpressure: 0, encoder: 0, missed: 0, network: 0 },
  width: 0,
  height: 0,
  codec: '',
  audioCodec: '',
  source: 'frames',
};
