import { errorOf } from './errors.js';
import { Port } from './port.js';
import type { ReelInfo } from './types.js';

/** One recording on disk, and what was known of it when it was looked at. */
export class Reel {
  /** Its name in the store; sorts by the time of recording. */
  readonly id: string;
  /** When the recording began. */
  readonly createdAt: Date;
  /** `recording` until the recording has ended properly, then `complete`. */
  readonly state: ReelInfo['state'];
  /** Length in seconds. */
  readonly duration: number;
  /** Encoded size in bytes. */
  readonly bytes: number;
  /** Number of frames. */
  readonly frames: number;
  /** Picture width in pixels; 0 before the first frame. */
  readonly width: number;
  /** Picture height in pixels; 0 before the first frame. */
  readonly height: number;
  /** The codec as RFC 6381 writes it, such as `avc1.64001f`; empty before the first frame. */
  readonly codec: string;

  readonly #recording: { port: Port | undefined } | undefined;

  /**
   * @param recording - who is making it, or holds what could not be stored
   * @internal
   */
  constructor(info: ReelInfo, recording?: { port: Port | undefined }) {
    this.#recording = recording;
    this.id = info.id;
    this.createdAt = new Date(info.createdAt);
    this.state = info.state;
    this.duration = info.duration;
    this.bytes = info.bytes;
    this.frames = info.frames;
    this.width = info.width;
    this.height = info.height;
    this.codec = info.codec;
  }

  /**
   * All of it as one MP4 (`video/mp4`) that plays from the start. No sample is read for it. The Blob stays readable after
   * the reel is deleted. Of a reel that another page is still recording, it is what is on disk.
   *
   * @throws StateError `nothing-recorded` if it has no frame, `no-such-reel` if it was deleted
   * @throws StorageError `storage` if it can't be read
   */
  export(): Promise<Blob> {
    return this.#recording?.port?.call('export', null) ?? library().call('exportReel', this.id);
  }

  /**
   * Removes it from the disk. Deleting what is gone already is no error.
   *
   * @throws StateError `invalid-state` if this page is still recording it
   * @throws StorageError `storage` if the store refuses
   */
  async delete(): Promise<void> {
    if (live.has(this.id)) throw errorOf('invalid-state', 'the reel is being recorded: stop the recording first');
    // A recording that has ended may still hold what could not be stored.
    if (this.#recording) {
      this.#recording.port?.close();
      this.#recording.port = undefined;
    }
    await library().call('deleteReel', this.id);
  }
}

/** The recordings that this origin has on disk. */
export const reels = {
  /**
   * Every reel on disk, the newest first: also those of earlier visits, of other tabs, and of a tab that crashed.
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

/** The worker that reads the store when no recording is asked; one a page, made when it is first needed. */
function library(): Port {
  return (port ??= new Port(undefined, () => (port = undefined)));
}
