import { download, type Movie, type Recorder, type RecorderEventMap, type RecorderOptions } from '../index.js';
import type { Duration, Freeze, RecorderSource, Reel, StartOptions } from '../index.js';
import { RecordingSession, type RecordingStatus } from '../session.js';
import { clockTime, fileSize } from './format.js';
import { LABELS, type ControlsLabels } from './labels.js';
import { ControlsView } from './view.js';

/** The details of an `export` event. */
export interface ControlsExport {
  /** The file. */
  movie: Movie;
  /** The name it will be saved under. */
  name: string;
}

/**
 * The events of `<trackreel-controls>`: the events of its {@link Recorder}, and `export`.
 *
 * An `error` also reports an action of the user that failed. The events do not bubble, as events of a `<video>` do not.
 */
export interface ControlsEventMap extends Omit<HTMLElementEventMap, keyof RecorderEventMap>, RecorderEventMap {
  /** The user saves a file. It becomes a download, unless `preventDefault()` is called. */
  export: CustomEvent<ControlsExport>;
}

/** There are no elements on a server, where this may be imported nevertheless. */
const Base = globalThis.HTMLElement ?? class {};

/**
 * `<trackreel-controls>`: buttons to record, pause, stop and save, a clock, and the size. It needs no framework.
 *
 * ```html
 * <trackreel-controls max-length="30m"></trackreel-controls>
 * ```
 *
 * ```ts
 * import 'trackreel/controls';
 *
 * const controls = document.querySelector('trackreel-controls')!;
 * controls.stream = stream;
 * ```
 *
 * If it is moved within the document, recording continues. If it is removed, the recording ends and stays on disk.
 *
 * Its colours come from the text around it. The properties `--trackreel-color`, `--trackreel-font`, `--trackreel-gap`,
 * `--trackreel-radius`, `--trackreel-accent`, `--trackreel-focus`, `--trackreel-button-color`, `--trackreel-button-background`,
 * `--trackreel-button-border` and `--trackreel-button-hover` set others. The parts are `controls` (also named after the state, such as
 * `recording`), `buttons`, `button`, `record`, `pause`, `export`, `icon`, `figures`, `time`, `size`, `status` and `error`.
 */
export class TrackreelControls extends Base {
  /** @internal */
  static readonly observedAttributes = ['disabled', 'max-length', 'max-fps'];

  readonly #session = new RecordingSession((event) => this.#onEvent(event));
  #view: ControlsView | undefined;
  #options: RecorderOptions = {};
  #labels: ControlsLabels = LABELS;
  #release = () => {};

  /**
   * The source of the next recording.
   *
   * If it is replaced by another track, or by `null`, the recording ends and stays on disk.
   *
   * @defaultValue null
   */
  get stream(): RecorderSource | null {
    return this.#session.source ?? null;
  }

  /** Sets another source, or none with `null`. */
  set stream(source: RecorderSource | null | undefined) {
    this.#session.source = source;
    this.#render();
  }

  /**
   * Options of the next recording. They win over the attributes `max-length` and `max-fps`.
   *
   * @defaultValue none: every option has its own default
   */
  get options(): RecorderOptions {
    return this.#options;
  }

  /** Sets all of them; `null` removes them. */
  set options(options: RecorderOptions | null | undefined) {
    this.#options = options ?? {};
    this.#takeOptions();
  }

  /**
   * The words that it shows, in another language or style. Words that are not set are in English.
   *
   * @defaultValue {@link LABELS}
   */
  get labels(): ControlsLabels {
    return this.#labels;
  }

  /** Sets some or all; `null` restores English. */
  set labels(labels: Partial<ControlsLabels> | null | undefined) {
    this.#labels = { ...LABELS, ...defined(labels) };
    this.#render();
  }

  /**
   * Whether the buttons are disabled, as the attribute of this name. A recording in progress continues.
   *
   * @defaultValue false
   */
  get disabled(): boolean {
    return this.hasAttribute('disabled');
  }

  /** Sets or removes the attribute. */
  set disabled(disabled: boolean) {
    this.toggleAttribute('disabled', Boolean(disabled));
  }

  /** The current or last {@link Recorder}; `undefined` before the first recording. Each recording has its own. */
  get recorder(): Recorder | undefined {
    return this.#session.status().recorder;
  }

  /** The state and the progress. */
  get status(): RecordingStatus {
    return this.#session.status();
  }

  /**
   * Starts, as the button does, or resumes a reel. It does not reject: a failure is shown, and an `error` event reports it.
   *
   * @param options - as of {@link Recorder.start}: the reel to resume, or its id; a new one if omitted
   */
  start(options?: StartOptions | Reel | string): Promise<void> {
    return this.#session.start(options);
  }

  /** Pauses, as the button does. */
  pause(): void {
    this.#session.pause();
  }

  /** Resumes, as the button does. */
  resume(): void {
    this.#session.resume();
  }

  /**
   * Records another track from now on, into the same file: {@link Recorder.replaceTrack}. It is {@link stream} then. It does not reject:
   * a failure is shown, and an `error` event reports it.
   */
  replaceTrack(source: RecorderSource): Promise<void> {
    return this.#session.replaceTrack(source);
  }

  /** Stops, as the button does. Resolves when all is on disk. It does not reject. */
  stop(): Promise<void> {
    return this.#session.stop();
  }

  /** @internal */
  connectedCallback(): void {
    for (const name of ['stream', 'options', 'labels', 'disabled'] as const) this.#takeEarly(name);
    this.#view ??= new ControlsView(this.attachShadow({ mode: 'open' }), {
      record: () => void (this.status.state === 'inactive' ? this.start() : this.stop()),
      pause: () => (this.status.state === 'paused' ? this.resume() : this.pause()),
      export: () => void this.#export(),
    });
    const release = this.#session.hold();
    const unsubscribe = this.#session.subscribe(() => this.#render());
    this.#release = () => {
      release();
      unsubscribe();
    };
    this.#render();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#release();
  }

  /** @internal */
  attributeChangedCallback(): void {
    this.#takeOptions();
    this.#render();
  }

  /** A property that was set before the element was defined hides the real one. */
  #takeEarly<T extends 'stream' | 'options' | 'labels' | 'disabled'>(name: T): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete (this as Partial<this>)[name];
    this[name] = value;
  }

  #takeOptions(): void {
    const [maxLength, maxFps] = [this.getAttribute('max-length'), this.getAttribute('max-fps')];
    this.#session.options = {
      // What is no length or no number is refused when recording starts, and named.
      ...(maxLength !== null && { maxLength: maxLength as Duration }),
      ...(maxFps !== null && { maxFps: Number(maxFps) }),
      ...defined(this.#options),
    };
  }

  async #export(): Promise<void> {
    const movie = await this.#session.exportFile();
    if (!movie) return;
    const { name } = movie;
    const event = new CustomEvent<ControlsExport>('export', { detail: { movie, name }, cancelable: true });
    if (!this.dispatchEvent(event)) return;
    download(movie, name);
    this.#view?.say(this.#labels.saved(name, fileSize(movie.size)));
  }

  #onEvent(event: RecorderEventMap[keyof RecorderEventMap]): void {
    const words = this.#wordsFor(event);
    if (words !== undefined) this.#view?.say(words);
    this.dispatchEvent(new CustomEvent(event.type, { detail: event.detail }));
  }

  /** What is said of an event; nothing of most. */
  #wordsFor(event: RecorderEventMap[keyof RecorderEventMap]): string | undefined {
    const { recording, paused, frozen, space, stopped } = this.#labels;
    const { state, stopReason, duration: time } = this.status;
    if (event.type === 'start') return state === 'paused' ? paused : recording;
    if (event.type === 'pause') return paused;
    if (event.type === 'resume') return recording;
    // A still picture also ends with a pause and a stop, which have their own words.
    if (event.type === 'freeze' && state === 'recording') return (event.detail as Freeze).ended ? recording : frozen;
    if (event.type === 'space') return space;
    if (event.type === 'stop' && stopReason) return stopped(stopReason, clockTime(time));
    // Said as an error, in its own place.
    return event.type === 'error' ? '' : undefined;
  }

  #render(): void {
    const { disabled } = this;
    this.#view?.render(this.status, this.#labels, { hasSource: this.stream !== null, disabled });
  }
}

/** {@link ControlsEventMap} gives the listeners of the element their types. */
export interface TrackreelControls {
  /** Listens to an event of {@link ControlsEventMap}. */
  addEventListener<T extends keyof ControlsEventMap>(
    type: T,
    listener: (this: TrackreelControls, event: ControlsEventMap[T]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** The listener of every `EventTarget`. */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Removes a listener. */
  removeEventListener<T extends keyof ControlsEventMap>(
    type: T,
    listener: (this: TrackreelControls, event: ControlsEventMap[T]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  /** The listener of every `EventTarget`. */
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** Without the values that are `undefined`. */
function defined<T extends object>(values: T | null | undefined): T {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== undefined)) as T;
}
