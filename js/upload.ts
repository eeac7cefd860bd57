/**
 * Sends a recording to a storage that takes parts of an object, such as S3, while it is recorded. The object is a file with its index in front.
 *
 * @module trackreel/upload
 */
import type { Fragment } from './fragments.js';
import { OptionError, type Reel } from './index.js';
import { headOf, type FragmentHead } from './upload/head.js';
import { forgetState, loadState, saveState, type UploadState } from './upload/state.js';

/** A part of an object, as S3's `CompleteMultipartUpload` wants it. */
export interface UploadedPart {
  /** From 1 on, without a gap. */
  number: number;
  /** What the storage answered for it in `ETag`, quotes and all. */
  etag: string;
}

/** What an upload asks of the page, which asks its server: that has the keys to the storage. */
export interface UploadOptions {
  /** Begins an upload (`CreateMultipartUpload`), and gives what names it. It is called once for a reel, also over reloads. */
  begin: () => Promise<string>;
  /** A presigned address to which a part is sent with `PUT` (`UploadPart`). It is called for each attempt. */
  address: (id: string, part: number) => Promise<string | URL>;
  /** Completes the upload (`CompleteMultipartUpload`) of these parts. It may be called again where its answer was lost. */
  complete: (id: string, parts: UploadedPart[]) => Promise<void>;
  /**
   * The least size of a part, in bytes: what the storage wants of every part but the last. S3 takes up to 10,000 parts.
   *
   * @defaultValue 5_242_880
   */
  partSize?: number | undefined;
  /**
   * How often a part is sent if that fails, before the upload rejects. Time without a network does not count.
   *
   * @defaultValue 8
   */
  attempts?: number | undefined;
  /** Gets how many bytes of pictures and sound are there. */
  onProgress?: ((sent: number) => void) | undefined;
  /** Ends it; it rejects with the signal's reason. What is there stays, and the next call continues. */
  signal?: AbortSignal | undefined;
}

/** A part that the storage did not take, after all attempts; its `cause` is the last failure. */
export class UploadError extends Error {
  /** Always `upload`. */
  readonly code = 'upload';
  /** What the storage answered; undefined if nothing. */
  readonly status: number | undefined;

  /** Used by the package itself. */
  constructor(message: string, status: number | undefined, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UploadError';
    this.status = status;
  }
}

const PART_SIZE = 5 * 1024 * 1024;
const ATTEMPTS = 8;
/** Between two attempts, in milliseconds: twice as long each time. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** How much of a fragment is read for what stands before its samples, in bytes; of one that is held long, more. */
const HEAD_SIZE = 16_384;

/**
 * Sends a reel to a storage that takes parts of an object (S3 and what speaks its language), while it is recorded or later. The object
 * becomes an MP4 with its index in front, which no server touched: the first part has the index and is sent last, a moment after the end.
 *
 * A page that was reloaded, or another one, continues with the same call. Nothing is there twice, and nothing is missing. Resolves when the
 * object is complete. The reel stays.
 *
 * @throws OptionError `invalid-option` if an option is not valid
 * @throws UploadError if a part is refused until no attempt is left; what `begin`, `address` and `complete` reject with; what
 * {@link Reel.fragments} fails with
 */
export async function upload(reel: Reel, options: UploadOptions): Promise<void> {
  checkAll(reel, options);
  const { signal, onProgress, partSize = PART_SIZE } = options;
  signal?.throwIfAborted();
  // Two pages that send the same reel would each have their own parts.
  await navigator.locks.request(`trackreel-upload:${reel.id}`, { ...(signal && { signal }) }, async () => {
    const state = (await loadState(reel.id)) ?? { id: await options.begin(), cursor: undefined, bytes: 0, parts: [] };
    await saveState(reel.id, state);
    onProgress?.(state.bytes);
    if (state.final) return complete(reel.id, state, state.final, options);
    let waiting = new Waiting(state);
    for await (const fragment of reel.fragments({ after: state.cursor, signal })) {
      await waiting.add(fragment);
      if (waiting.size < partSize) continue;
      await sendPart(reel.id, state, waiting, options);
      waiting = new Waiting(state);
    }
    await complete(reel.id, state, await finish(state, waiting, options, partSize), options);
    onProgress?.(state.bytes + waiting.size);
  });
}

function checkAll(reel: Reel, options: UploadOptions): void {
  const check = (name: string, isValid: boolean, accepted: string) => {
    if (!isValid) throw new OptionError('invalid-option', `${name} must be ${accepted}`);
  };
  check('reel', typeof reel?.fragments === 'function', 'a reel, such as recorder.reel');
  check('options', typeof options === 'object' && options !== null, 'an object');
  const { begin, address, complete, partSize = PART_SIZE, attempts = ATTEMPTS } = options;
  for (const [name, call] of Object.entries({ begin, address, complete })) {
    check(name, typeof call === 'function', 'a function');
  }
  check('partSize', Number.isInteger(partSize) && partSize > 0, 'a whole number of bytes');
  check('attempts', Number.isInteger(attempts) && attempts > 0, 'a whole number from 1');
}

/** What is to become the next part. */
class Waiting {
  readonly data: Blob[] = [];
  readonly heads: FragmentHead[] = [];
  size = 0;
  cursor: string | undefined;

  constructor({ cursor }: UploadState) {
    this.cursor = cursor;
  }

  async add({ data, offset, cursor, kind }: Fragment): Promise<void> {
    this.data.push(data);
    this.size += data.size;
    this.cursor = cursor;
    this.heads.push({ offset, bytes: await headBytes(data, kind) });
  }
}

/** What stands before the samples of a fragment. */
async function headBytes(data: Blob, kind: Fragment['kind']): Promise<Uint8Array<ArrayBuffer>> {
  const read = async (end: number) => new Uint8Array(await data.slice(0, end).arrayBuffer());
  if (kind === 'init') return read(data.size);
  const begin = await read(HEAD_SIZE);
  const size = new DataView(begin.buffer).getUint32(0);
  return size <= begin.length ? begin.slice(0, size) : read(size);
}

/** Sends what waits as the next part, and notes that it is there. */
async function sendPart(key: string, state: UploadState, waiting: Waiting, options: UploadOptions): Promise<void> {
  const number = (state.parts.at(-1)?.number ?? 1) + 1;
  const etag = await put(state.id, number, new Blob(waiting.data), options);
  const part = { number, etag, heads: waiting.heads };
  state.parts.push(part);
  state.cursor = waiting.cursor;
  state.bytes += waiting.size;
  await saveState(key, state, part);
  options.onProgress?.(state.bytes);
}

/** Sends what is left and the index. Gives all parts. */
async function finish(
  state: UploadState,
  waiting: Waiting,
  options: UploadOptions,
  partSize: number,
): Promise<UploadedPart[]> {
  const heads = [...state.parts.flatMap(({ heads }) => heads), ...waiting.heads];
  const size = state.bytes + waiting.size;
  const parts = state.parts.map(({ number, etag }) => ({ number, etag }));
  // One part alone may have any size, and so may the last.
  const isAlone = parts.length === 0;
  if (waiting.size > 0 && !isAlone) {
    const number = parts.at(-1)!.number + 1;
    parts.push({ number, etag: await put(state.id, number, new Blob(waiting.data), options) });
  }
  const head = headOf(heads, size, isAlone ? 0 : partSize);
  const first = new Blob([head, ...(isAlone ? waiting.data : [])]);
  parts.unshift({ number: 1, etag: await put(state.id, 1, first, options) });
  return parts;
}

/** Completes the object; a page that has not heard that it is asks once more. */
async function complete(key: string, state: UploadState, parts: UploadedPart[], options: UploadOptions): Promise<void> {
  await saveState(key, { ...state, final: parts });
  await options.complete(state.id, parts);
  await forgetState(key);
}

/** Sends a part, as often as it takes. Gives its tag. */
async function put(
  id: string,
  number: number,
  body: Blob,
  { address, attempts = ATTEMPTS, signal }: UploadOptions,
): Promise<string> {
  let [status, cause]: [number | undefined, unknown] = [undefined, undefined];
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await pause(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)), signal);
    await online(signal);
    try {
      const answer = await fetch(await address(id, number), { method: 'PUT', body, ...(signal && { signal }) });
      const etag = answer.headers.get('ETag');
      if (answer.ok && etag) return etag;
      status = answer.status;
      cause = new Error(answer.ok ? 'the storage exposes no ETag: its CORS rules must' : `it answers ${status}`);
    } catch (failure) {
      signal?.throwIfAborted();
      // A network that went away meanwhile is no attempt.
      if (!navigator.onLine) attempt--;
      [status, cause] = [undefined, failure];
    }
  }
  throw new UploadError(`part ${number} was refused ${attempts} times: ${cause}`, status, { cause });
}

/** Resolves when there is a network, as far as the browser knows. */
function online(signal: AbortSignal | undefined): Promise<void> {
  if (navigator.onLine) return Promise.resolve();
  return until(signal, (resolve) => addEventListener('online', resolve, { once: true }));
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return until(signal, (resolve) => {
    setTimeout(resolve, ms);
    // What was lost with the network need not wait longer than that.
    addEventListener('online', resolve, { once: true });
  });
}

function until(signal: AbortSignal | undefined, begin: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    begin(resolve);
  });
}
