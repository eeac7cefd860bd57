// What a page gives is checked before anything is sent or noted.
import { OptionError, UnsupportedError, type Reel } from '../index.js';

/** A part of an object, as S3's `CompleteMultipartUpload` wants it. */
export interface UploadedPart {
  /** From 1 on, without a gap. Its `PartNumber`. */
  number: number;
  /** What the storage answered for it in `ETag`, quotes and all. */
  etag: string;
}

/**
 * What an upload asks of the page, which asks its server: that has the keys to the storage.
 *
 * A function that rejects is called again, as a part is sent again. An `OptionError` or an `AbortError` ends the upload at once. An
 * error with a `status` is judged as an answer of the storage.
 */
export interface UploadOptions {
  /**
   * Begins an upload (`CreateMultipartUpload`), and gives what names it: any text but an empty one. It is noted, and there is one for a reel,
   * also over reloads. It is called again where the call before rejected, where the storage has removed the upload, and where a reel that is
   * there already was resumed.
   */
  begin: () => Promise<string>;
  /** A presigned address to which a part is sent with `PUT` (`UploadPart`). It is called for each attempt. */
  address: (id: string, part: number) => Promise<string | URL>;
  /**
   * Completes the upload (`CompleteMultipartUpload`) of these parts. It may be called again where its answer was lost: an object that is
   * there is no error. An error with the `status` 404 means that the storage has removed the upload.
   */
  complete: (id: string, parts: UploadedPart[]) => Promise<void>;
  /**
   * The least size of a part, in bytes: what the storage wants of every part but the last. S3 takes up to 10,000 parts. An upload that
   * continues keeps the one with which it began.
   *
   * @defaultValue 5_242_880
   */
  partSize?: number | undefined;
  /**
   * How often something is tried, before the upload rejects. Time without a network does not count. Between two attempts it waits 0.5 s, and
   * twice as long each time, up to 30 s.
   *
   * A 4xx that does not pass by itself (all but 408, 425 and 429) is tried once more, at once, with another address.
   *
   * @defaultValue 8
   */
  attempts?: number | undefined;
  /**
   * Gets how many bytes of the file are there, and of how many; undefined until the recording has ended. They are a little more than
   * {@link Reel.bytes}.
   */
  onProgress?: ((sent: number, total: number | undefined) => void) | undefined;
  /** Gets each attempt that failed and is followed by another. */
  onRetry?: ((retry: UploadRetry) => void) | undefined;
  /** Ends it; it rejects with the signal's reason. What is there stays, and the next call continues. */
  signal?: AbortSignal | undefined;
}

/** An attempt that failed, and is followed by another. */
export interface UploadRetry {
  /** How many attempts have failed. Those without a network do not count. */
  attempt: number;
  /** The number of the part; undefined if it is `begin` or `complete`. */
  part: number | undefined;
  /** The status that the storage answered, or that the error of a function of the page had; undefined if there was none. */
  status: number | undefined;
  /** What failed. */
  cause: unknown;
  /** How long it waits until the next attempt, in milliseconds. `Infinity` without a network: until there is one. */
  wait: number;
}

/** The options, each with its value. */
export interface Checked extends Required<UploadOptions> {
  partSize: number;
  attempts: number;
  onProgress: NonNullable<UploadOptions['onProgress']>;
  onRetry: NonNullable<UploadOptions['onRetry']>;
}

const PART_SIZE = 5 * 1024 * 1024;
const ATTEMPTS = 8;

/** Refuses what is not accepted. */
export function check(name: string, isValid: unknown, accepted: string): asserts isValid {
  if (!isValid) throw new OptionError('invalid-option', `${name} must be ${accepted}`);
}

/** Refuses what is no reel, such as a recorder: it has one. */
export function checkReel(reel: Reel): void {
  const isReel = typeof reel?.fragments === 'function' && reel.id;
  check('reel', isReel, 'a reel, such as recorder.reel, and no recorder');
}

/** Refuses a reel that can't be sent, and options that are none or have wrong values. */
export function checkAll(reel: Reel, options: UploadOptions): Checked {
  checkReel(reel);
  check('options', typeof options === 'object' && options, 'an object');
  const { begin, address, complete, onProgress = none, onRetry = none } = options;
  const { partSize = PART_SIZE, attempts = ATTEMPTS, signal } = options;
  const calls = { begin, address, complete, onProgress, onRetry };
  const numbers = { partSize, attempts };
  const all: Checked = { ...calls, ...numbers, signal };
  for (const name of Object.keys(options)) {
    check(`option ${name}`, name in all, `one of ${Object.keys(all).join(', ')}`);
  }
  for (const [name, call] of Object.entries(calls)) check(name, typeof call === 'function', 'a function');
  for (const [name, number] of Object.entries(numbers)) {
    check(name, Number.isInteger(number) && number > 0, 'a whole number from 1');
  }
  check('signal', signal === undefined || typeof signal?.throwIfAborted === 'function', 'an AbortSignal');
  if (reel.container !== 'mp4') {
    throw new UnsupportedError('unsupported', 'uploads are of MP4: this reel becomes a WebM');
  }
  return all;
}

function none(): void {}
