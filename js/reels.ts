import { optionsOf } from './entries.js';
import { errorOf } from './errors.js';
import { exportMovie, streamMovie, type ExportOptions, type Movie } from './movie.js';
import { Port } from './port.js';
import type { Container, Mark, ReelInfo } from './types.js';

/** Who records a reel, or holds what is not on disk of it. @internal */
export interface Maker {
  /** Whether nothing of it is on disk. */
  readonly inMemory: boolean;
  /** Exports what it has; nothing once all of it is on disk, or it was released. */
  export(options: ExportOptions): Promise<Delivery> | undefined;
  /** Releases what is not on disk. */
  release(): void;
}

/** An export, and a function that notes it once it was delivered. What was exported in full may be removed later. */
interface Delivery {
  movie: Movie;
  note: () => Promise<void>;
}

/** No private name: Vue and others call a reel's methods on a proxy of it, where a private name throws. */
const MAKER = Symbol();

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
  /**
   * - `live`: it is being recorded, here or in another tab
   * - `complete`: its recording has ended, and all of it is on disk
   * - `interrupted`: its recording ended unexpectedly, as when a tab crashed. What is on disk can be exported and resumed
   *   ({@link Recorder.start}); at most the last second is missing
   * - `damaged`: its record can't be read. It can only be deleted
   */
  readonly state: ReelInfo['state'];
  /** Length in seconds. */
  readonly duration: number;
  /** Encoded size in bytes. */
  readonly bytes: number;
  /** Number of frames. */
  readonly frames: number;
  /** Its marks ({@link Recorder.mark}), in the order of their times. An export has them as chapters. */
  readonly marks: readonly Mark[];
  /** Picture width in pixels; 0 before the first frame. */
  readonly width: number;
  /** Picture height in pixels; 0 before the first frame. */
  readonly height: number;
  /** The codec as RFC 6381 writes it, such as `avc1.64001f`; empty before the first frame. */
  readonly codec: string;
  /** The codec of the sound as RFC 6381 writes it: `opus` or `mp4a.40.2`; empty without sound. */
  readonly audioCodec: string;

  /** @internal */
  readonly [MAKER]: Maker | undefined;

  /**
   * @param maker - who records it, or holds what could not be stored
   * @internal
   */
  constructor(info: Known, maker?: Maker) {
    this[MAKER] = maker;
    this.id = info.id;
    this.container = info.container ?? 'mp4';
    this.createdAt = new Date(info.createdAt ?? this.id.slice(0, ISO_LENGTH));
    this.state = info.state;
    this.duration = info.duration ?? 0;
    this.bytes = info.bytes ?? 0;
    this.frames = info.frames ?? 0;
    this.marks = info.marks ?? [];
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
   * Removes it from the disk, or from memory. Deleting a reel that is gone is no error.
   *
   * @throws StateError `invalid-state` if it is still being recorded, by this page or another
   * @throws StorageError `storage` if the store refuses
   */
  async delete(): Promise<void> {
    if (live.has(this.id)) throw errorOf('invalid-state', 'the reel is being recorded: stop the recording first');
    // A recording that has ended may still hold what is not on disk.
    this[MAKER]?.release();
    if (this[MAKER]?.inMemory) return;
    await library().call('deleteReel', this.id);
  }
}

async function exportOf(reel: Reel, options: ExportOptions): Promise<Delivery> {
  const { id } = reel;
  const made = reel[MAKER]?.export(options);
  if (made) return made;
  if (reel[MAKER]?.inMemory) throw errorOf('no-such-reel', 'the reel was in memory, and was released');
  const { movie, reelBytes: bytes } = await exportMovie(library(), 'exportReel', options, (clip) => ({ id, clip }));
  const note = async () => {
    // One that could not be noted is kept a little longer.
    if (bytes)
      await library()
        .call('noteExport', { id, bytes })
        .catch(() => {});
  };
  return { movie, note };
}

/** What the worker knows of a reel: of a damaged one not all. */
type Known = Pick<ReelInfo, 'id' | 'state'> & Partial<ReelInfo>;

/** A reel's id begins with the time of recording. */
const ISO_LENGTH = '2026-11-22T14:03:27.000Z'.length;

/** The recordings that this origin has on disk. */
export const reels = {
  /**
   * Lists every reel on disk, the newest first: also reels of earlier sessions, of other tabs, and of a crashed tab.
   *
   * @throws StorageError `storage` if the browser gives no storage
   */
  async list(): Promise<Reel[]> {
    const infos = await library().call('listReels', null);
    return infos.map((info) => new Reel(info));
  },
};

/** The reels that this page is recording. @internal */
export const live = new Set<string>();

let port: Port | undefined;

/** The worker that reads the store when no recording is asked; one a page, made when it is first needed. @internal */
export function library(): Port {
  return (port ??= new Port(undefined, () => (port = undefined)));
}
