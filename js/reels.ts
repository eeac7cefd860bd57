import { optionsOf } from './option-entries.js';
import { errorOf } from './errors.js';
import { streamFragments, type Fragment, type FragmentOptions } from './fragments.js';
import { mirror, type SaveToOptions } from './mirror.js';
import type { Stretch } from './messages.js';
import { withNotes } from './notes.js';
import { exportMovie, streamMovie, type ExportOptions, type Movie } from './movie.js';
import {
  pictureAsk,
  type FilmstripPicture,
  type PictureAsk,
  type PictureOptions,
  type PosterOptions,
} from './pictures.js';
import { Port } from './port.js';
import { isLive, keepWhileOpen, onPageGone } from './reel-locks.js';
import type { Container, Cue, Mark, ReelInfo, ReelState } from './types.js';
import type { FragmentsAnswer } from './fragments.js';

/** Who records a reel, or holds what is not on disk of it. @internal */
export interface ReelOwner {
  /** Whether nothing of it is on disk. */
  readonly inMemory: boolean;
  /** Exports what it has; nothing once all of it is on disk, or it was released. */
  export(options: ExportOptions): Promise<Delivery> | undefined;
  /** The next fragments of what is in its memory; nothing once it was released. */
  fragments(after: string | undefined): Promise<FragmentsAnswer> | undefined;
  /** A stretch of what is in its memory, from a time in seconds or behind another one; nothing once it was released. */
  stretch(at: number, after: string | undefined): Promise<Stretch> | undefined;
  /** Makes pictures of what it has; nothing once all of it is on disk, or it was released. */
  pictures(ask: PictureAsk): Promise<FilmstripPicture[]> | undefined;
  /** Releases what is not on disk. */
  release(): void;
}

/** An export, and a function that notes it once it was delivered. What was exported in full may be removed later. */
interface Delivery {
  movie: Movie;
  note: () => Promise<void>;
}

/** No private name: Vue and others call a reel's methods on a proxy of it, where a private name throws. */
const OWNER = Symbol();

/** One recording, on disk or in this page's memory, as it was when it was listed. */
export class Reel {
  /** What a console shows, whatever packs the page. @internal */
  static readonly name = 'Reel';

  /** Its name in the store. Names sort by the time of recording. */
  readonly id: string;
  /** What kind of file it becomes. */
  readonly container: Container;
  /** When the recording began. */
  readonly createdAt: Date;
  /** What has become of it. */
  readonly state: ReelState;
  /** Length in seconds. */
  readonly duration: number;
  /** Encoded size in bytes. */
  readonly bytes: number;
  /** Number of frames. */
  readonly frames: number;
  /** Its marks ({@link Recorder.mark}), in the order of their times. An export has them as chapters. */
  readonly marks: readonly Mark[];
  /** Its words ({@link Recorder.cue}), in the order of their times. A file has them as subtitles, {@link Reel.vtt} as a file of their own. */
  readonly cues: readonly Cue[];
  /** Picture width in pixels; 0 before the first frame. */
  readonly width: number;
  /** Picture height in pixels; 0 before the first frame. */
  readonly height: number;
  /** The codec as RFC 6381 writes it, such as `avc1.64001f`; empty before the first frame. */
  readonly codec: string;
  /** The codec of the sound as RFC 6381 writes it: `opus` or `mp4a.40.2`; empty without sound. */
  readonly audioCodec: string;

  /** @internal */
  readonly [OWNER]: ReelOwner | undefined;

  /**
   * @param maker - who records it, or holds what could not be stored
   * @internal
   */
  constructor(info: KnownReel, owner?: ReelOwner) {
    this[OWNER] = owner;
    this.id = info.id;
    this.container = info.container ?? 'mp4';
    this.createdAt = new Date(info.createdAt ?? this.id.slice(0, ISO_LENGTH));
    this.state = info.state;
    this.duration = info.duration ?? 0;
    this.bytes = info.bytes ?? 0;
    this.frames = info.frames ?? 0;
    this.marks = info.marks ?? [];
    this.cues = this.state === 'live' ? (info.cues ?? []) : within(info.cues ?? [], this.duration);
    this.width = info.width ?? 0;
    this.height = info.height ?? 0;
    this.codec = info.codec ?? '';
    this.audioCodec = info.audioCodec ?? '';
  }

  /**
   * Exports all of it, or a part, as one file that plays from the start: an MP4, or a WebM ({@link RecorderOptions.container}).
   *
   * No sample is read for it. The Blob stays readable after the reel is deleted. Of a reel that another page records, it has what is on
   * disk.
   *
   * @throws StateError `nothing-recorded` if there is no frame in it, `no-such-reel` if it was deleted
   * @throws OptionError `invalid-option` if an option is not valid
   * @throws StorageError `storage` if it can't be read
   */
  async export(options: ExportOptions = {}): Promise<Movie> {
    const { movie, note } = await exportOf(this, options);
    await note();
    return movie;
  }

  /**
   * Its words as a WebVTT file, `text/vtt`: for a `<track>` beside a file that was exported with the same options, or for a text editor.
   *
   * ```ts
   * track.src = URL.createObjectURL(await reel.vtt());
   * ```
   *
   * With `from`, `to`, `last`, `since` and `speed` its times are those of that file. It rejects as {@link Reel.export} does.
   */
  async vtt(options: ExportOptions = {}): Promise<Movie> {
    const { movie } = await exportOf(this, { ...optionsOf(options), vtt: true } as ExportOptions);
    return movie;
  }

  /**
   * Exports it as a stream of bytes, for a file that the user chose, without a copy in memory.
   *
   * ```ts
   * const file = await (await showSaveFilePicker()).createWritable();
   * await (await reel.stream()).pipeTo(file);
   * ```
   *
   * `onProgress` gets the part that has gone through the pipe. The reel counts as exported when all of it has. It rejects as
   * {@link Reel.export} does.
   */
  async stream(options: ExportOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { onProgress, ...rest } = optionsOf(options);
    const { movie, note } = await exportOf(this, rest);
    return streamMovie(movie, options, note);
  }

  /**
   * It as fragmented MP4, while it is recorded or later: an initialisation, then fragments of whole pictures and sounds. Each comes once,
   * in order, as soon as nothing can change it any more: some seconds after it was recorded, or once a picture that is shown for longer has
   * ended. The stream ends when the recording has, and all of it has come.
   *
   * ```ts
   * for await (const { data, cursor } of reel.fragments()) await fetch(url, { method: 'POST', body: data });
   * ```
   *
   * A reader that is slow holds nothing up: the next fragment is made when it is asked for. With {@link FragmentOptions.after} it continues
   * where another reader was, also after a reload or in another tab. Of a reel of this page's memory, only this page has it.
   *
   * The stream fails with `unsupported` for a WebM, `no-such-reel` if it was deleted, `storage` if it can't be read.
   *
   * @throws OptionError `invalid-option` if an option is not valid
   */
  fragments(options: FragmentOptions = {}): ReadableStream<Fragment> {
    const { id } = this;
    const ask = (after: string | undefined): Promise<FragmentsAnswer> => {
      const owner = this[OWNER];
      if (!owner?.inMemory) return library().call('nextFragments', { id, after });
      return owner.fragments(after) ?? Promise.reject(released());
    };
    return streamFragments(id, optionsOf(options), ask);
  }

  /**
   * What a player shows from a time on, in seconds of media time, or behind what it has.
   *
   * @internal
   */
  async stretch(at: number, after: string | undefined): Promise<Stretch> {
    const owner = this[OWNER];
    const answer = owner?.stretch(at, after);
    if (answer) return answer;
    if (owner?.inMemory) throw released();
    return library().call('stretchOfReel', { id: this.id, at, after });
  }

  /** What an upload has of the core to which this reel belongs: a page may have another core beside it. @internal */
  get core(): { reels: Reels; withNotes: typeof withNotes; keep: () => void } {
    return { reels, withNotes, keep: () => keepWhileOpen(this.id) };
  }

  /**
   * Saves it to a file that the user chose, while it is recorded or later, as fragmented MP4: {@link Reel.fragments}. Resolves when the
   * recording has ended and all of it is there.
   *
   * ```ts
   * await recorder.start();
   * await recorder.saveTo(await showSaveFilePicker({ suggestedName: 'recording.mp4' }));
   * ```
   *
   * The file is written each time it has grown by an eighth, and plays in between. The reel stays as it is: after a crash the same call
   * continues, also without the file, which is remembered. The browser may then ask the user for permission, so call it in a click.
   *
   * @param file - of `showSaveFilePicker()` or the origin's own; the one before if none is given
   * @throws OptionError `invalid-option` if there is no such file
   * @throws StorageError `storage` if the file can't be written
   * @throws UnsupportedError `unsupported` for a WebM
   */
  async saveTo(file?: FileSystemFileHandle, options: SaveToOptions = {}): Promise<void> {
    await mirror(this.id, file, optionsOf(options), (of) => this.fragments(of));
  }

  /**
   * Makes an image of one of its pictures, for a list of recordings: the last key frame at or before a time, or the first of all.
   *
   * There is a key frame about every two seconds. Only its bytes are read, and it is decoded in the worker. Beyond the end it is the last
   * key frame. Of a reel that this page records it is of what has been encoded, and of one that another page records, of what is on disk.
   *
   * ```ts
   * image.src = URL.createObjectURL(await reel.poster({ at: '10s', width: 320 }));
   * ```
   *
   * @throws StateError `nothing-recorded` if there is no picture in it, `no-such-reel` if it was deleted
   * @throws OptionError `invalid-option` if an option is not valid
   * @throws UnsupportedError `unsupported` if the browser does not decode its codec, or makes no image of this type
   * @throws StorageError `storage` if it can't be read
   */
  async poster(options: PosterOptions = {}): Promise<Blob> {
    const [poster] = await picturesOf(this, pictureAsk('poster', options));
    return poster!.picture;
  }

  /**
   * Makes images of pictures that are evenly spread over its length, for a bar that is scrubbed.
   *
   * The first is of the start, and each stands for an equal part of the length. Each is the last key frame at or before its time, as of
   * {@link Reel.poster}. A key frame is read and decoded once, one after another. It rejects as {@link Reel.poster} does.
   *
   * @param count - the number of pictures, from 1 to 1000
   * @param options - as what they are wanted
   */
  async filmstrip(count: number, options: PictureOptions = {}): Promise<FilmstripPicture[]> {
    return picturesOf(this, pictureAsk('filmstrip', options, { count: count ?? null }));
  }

  /**
   * Removes it from the disk, or from memory. Deleting a reel that is gone is no error.
   *
   * @throws StateError `invalid-state` if it is still being recorded, by this page or another
   * @throws StorageError `storage` if the store refuses
   */
  async delete(): Promise<void> {
    if (isLive(this.id)) throw errorOf('invalid-state', 'the reel is being recorded: stop the recording first');
    // A recording that has ended may still hold what is not on disk.
    this[OWNER]?.release();
    if (this[OWNER]?.inMemory) return;
    await library().call('deleteReel', this.id);
    reelsChanged();
  }
}

/** What there is of cues in a reel of this length, in seconds. */
function within(cues: readonly Cue[], duration: number): Cue[] {
  return cues.map((cue) => ({ ...cue, to: Math.min(cue.to, duration) })).filter(({ from, to }) => from < to);
}

/** The image of the newest picture of a reel. @internal */
export async function snapshotOf(reel: Reel, options: PictureOptions): Promise<Blob> {
  const [snapshot] = await picturesOf(reel, pictureAsk('snapshot', options));
  return snapshot!.picture;
}

async function picturesOf(reel: Reel, ask: PictureAsk): Promise<FilmstripPicture[]> {
  const answer = reel[OWNER]?.pictures(ask);
  if (answer) return answer;
  if (reel[OWNER]?.inMemory) throw released();
  return library().call('picturesOfReel', { id: reel.id, ...ask });
}

function released(): Error {
  return errorOf('no-such-reel', 'the reel was in memory, and was released');
}

async function exportOf(reel: Reel, options: ExportOptions): Promise<Delivery> {
  const { id, createdAt } = reel;
  const answer = reel[OWNER]?.export(options);
  if (answer) return answer;
  if (reel[OWNER]?.inMemory) throw released();
  const { movie, reelBytes: bytes } = await exportMovie(library(), 'exportReel', createdAt, options, (clip) => ({
    id,
    clip,
  }));
  const note = async () => {
    keepWhileOpen(id);
    // One that could not be noted is kept a little longer.
    if (bytes)
      await library()
        .call('noteExport', { id, bytes })
        .catch(() => {});
  };
  return { movie, note };
}

/** What the worker knows of a reel: of a damaged one not all. */
type KnownReel = Pick<ReelInfo, 'id' | 'state'> & Partial<ReelInfo>;

/** A reel's id begins with the time of recording. */
const ISO_LENGTH = '2026-11-22T14:03:27.000Z'.length;

/** What an origin's tabs say to each other when their list of reels changes. */
const CHANNEL = 'trackreel:reels';

/** What hears it from other tabs, once somebody here listens. */
let channel: BroadcastChannel | undefined;

/**
 * The recordings that this origin has on disk.
 *
 * A `change` event comes when the list is another one: a part of a new reel is on disk, a recording has ended, or a reel was removed, here or
 * in another tab. It also comes when a page that records is closed, is reloaded or crashes, once {@link Reels.list} has listed its
 * reel as `live`. None comes while a reel grows.
 *
 * ```ts
 * reels.addEventListener('change', async () => show(await reels.list()));
 * ```
 */
export class Reels extends EventTarget {
  /**
   * Lists every reel on disk, the newest first: also reels of earlier sessions, of other tabs, and of a crashed tab.
   *
   * @throws StorageError `storage` if the browser gives no storage
   */
  async list(): Promise<Reel[]> {
    const infos = await library().call('listReels', null);
    for (const { id, state } of infos) if (state === 'live') onPageGone(id, () => this.#change());
    return infos.map((info) => new Reel(info));
  }

  /**
   * The reel on disk with this id; undefined if there is none.
   *
   * @throws StorageError `storage` if the browser gives no storage
   */
  async get(id: string): Promise<Reel | undefined> {
    return (await this.list()).find((reel) => reel.id === id);
  }

  /** Listens to `change`. */
  override addEventListener(
    type: 'change',
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    if (!channel && typeof BroadcastChannel !== 'undefined') {
      channel = new BroadcastChannel(CHANNEL);
      channel.onmessage = () => this.#change();
    }
    super.addEventListener(type, listener, options);
  }

  #change(): void {
    this.dispatchEvent(new Event('change'));
  }
}

/** The recordings that this origin has on disk. */
export const reels = new Reels();

/** Notes that the list is another one, for all tabs. @internal */
export function reelsChanged(): void {
  reels.dispatchEvent(new Event('change'));
  if (typeof BroadcastChannel === 'undefined') return;
  // One that hears would hear this one.
  const sender = channel ?? new BroadcastChannel(CHANNEL);
  sender.postMessage(null);
  if (sender !== channel) sender.close();
}

let port: Port | undefined;

/** The worker that reads the store when no recording is asked; one a page, made when it is first needed. @internal */
export function library(): Port {
  return (port ??= new Port(undefined, () => (port = undefined)));
}
