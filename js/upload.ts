/**
 * Sends a recording to a storage that takes parts of an object, such as S3, while it is recorded. The object is a file with its index in front.
 *
 * @module trackreel/upload
 */
import type { Fragment } from './fragments.js';
import type { Reel } from './index.js';
import { notify, persist } from './upload/attempts.js';
import { UploadError } from './upload/error.js';
import { headOf, type FragmentHead } from './upload/head.js';
import {
  check,
  checkAll,
  checkReel,
  type Checked,
  type UploadOptions,
  type UploadRetry,
  type UploadedPart,
} from './upload/options.js';
import { forgetGone, forgetState, loadState, saveState, type UploadState } from './upload/state.js';

export { UploadError, type UploadOptions, type UploadRetry, type UploadedPart };

/** How long the answer to a part may take, in milliseconds: as a whole, and for each MiB. */
const LIMIT_MS = 120_000;
const LIMIT_MS_PER_MIB = 60_000;
const MIB = 1024 * 1024;
/** How much of a fragment is read for what stands before its samples, in bytes; of one that is held long, more. */
const HEAD_SIZE = 16_384;

/**
 * Sends a reel to a storage that takes parts of an object (S3 and what speaks its language), while it is recorded or later. The object
 * becomes an MP4 with its index in front, which no server touched: the first part has the index and is sent last, a moment after the end.
 *
 * A page that was reloaded, or another one, continues with the same call. Nothing is there twice, and nothing is missing. Resolves when the
 * recording has ended and the object is complete: at once if it was sent before. A reel that was resumed since is sent as a whole again.
 * The reel stays.
 *
 * @throws OptionError `invalid-option` if an option is not valid, or if `begin` gives no text or `address` no address
 * @throws UnsupportedError `unsupported` for a WebM
 * @throws UploadError `upload` if a part, `begin` or `complete` fails until no attempt is left, or exposes no `ETag`
 * @throws StateError `no-such-reel` if it was deleted, and what else {@link Reel.fragments} fails with
 */
export async function upload(reel: Reel, options: UploadOptions): Promise<void> {
  const checked = checkAll(reel, options);
  checked.signal?.throwIfAborted();
  // What is to be sent is not cleaned up.
  reel.core.keep();
  await alone(reel, checked.signal, async () => {
    await forgetGone(reel).catch(() => {});
    try {
      await send(reel, checked);
    } catch (error) {
      // The storage has removed what it had: all of it is sent again, once.
      const isGone = error instanceof UploadError && error.status === 404 && (await loadState(reel));
      if (!isGone) throw error;
      await forgetState(reel);
      await send(reel, checked);
    }
  });
}

/**
 * Forgets how far the upload of a reel is, or that it is done: the next {@link upload} calls `begin` again and sends all of it.
 *
 * What the storage has stays there. An upload that is under way is waited for, in any tab: abort it first.
 *
 * @throws OptionError `invalid-option` if it is no reel
 */
export async function forgetUpload(reel: Reel): Promise<void> {
  checkReel(reel);
  await alone(reel, undefined, () => forgetState(reel));
}

/** Two pages that send the same reel would each have their own parts. */
async function alone({ id }: Reel, signal: AbortSignal | undefined, use: () => Promise<void>): Promise<void> {
  await navigator.locks.request(`trackreel-upload:${id}`, { ...(signal && { signal }) }, use);
}

async function send(reel: Reel, options: Checked): Promise<void> {
  let state = await loadState(reel);
  if (state?.final) await complete(reel, state, options);
  if (!state || (state.isDone && (await isMore(reel, state, options)))) state = await begin(reel, options);
  if (!state.isDone) {
    await sendAll(reel, state, options);
    await complete(reel, state, options);
  }
  notify(options.onProgress, state.bytes, state.bytes);
}

async function begin(reel: Reel, options: Checked): Promise<UploadState> {
  const id = await persist('begin', undefined, options, async () => {
    const id: unknown = await options.begin();
    check('what begin gives', id && typeof id === 'string', 'a text that names the upload');
    return id;
  });
  await forgetState(reel);
  const state = { id, partSize: options.partSize, cursor: undefined, bytes: 0, parts: [] };
  await saveState(reel, state);
  return state;
}

/** Whether there is more of a reel than was sent. It may have been resumed. */
async function isMore(reel: Reel, { cursor }: UploadState, { signal }: Checked): Promise<boolean> {
  for await (const _ of reel.fragments({ after: cursor, signal })) return true;
  return false;
}

/** Sends all parts. */
async function sendAll(reel: Reel, state: UploadState, options: Checked): Promise<void> {
  const counting = new AbortController();
  let total: number | undefined;
  const report = () => notify(options.onProgress, state.bytes, total);
  // How much it will be is clear before all of it is sent.
  const count = async ({ cursor, bytes }: UploadState, { signal }: AbortController) => {
    for await (const { data } of reel.fragments({ after: cursor, signal })) bytes += data.size;
    total = bytes;
    report();
  };
  count(state, counting).catch(() => {});
  try {
    report();
    let waiting = new Waiting(state);
    for await (const fragment of reel.fragments({ after: state.cursor, signal: options.signal })) {
      await waiting.add(fragment);
      if (waiting.size < state.partSize) continue;
      await sendPart(reel, state, waiting, options);
      report();
      waiting = new Waiting(state);
    }
    await finish(reel, state, waiting, options);
  } finally {
    counting.abort();
  }
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
async function sendPart(reel: Reel, state: UploadState, waiting: Waiting, options: Checked): Promise<void> {
  const number = (state.parts.at(-1)?.number ?? 1) + 1;
  const etag = await put(state.id, number, new Blob(waiting.data), options);
  const part = { number, etag, heads: waiting.heads };
  state.parts.push(part);
  state.cursor = waiting.cursor;
  state.bytes += waiting.size;
  await saveState(reel, state, part);
}

/** Sends what is left and the index, and notes that all parts are there. */
async function finish(reel: Reel, state: UploadState, waiting: Waiting, options: Checked): Promise<void> {
  const heads = [...state.parts.flatMap(({ heads }) => heads), ...waiting.heads];
  const size = state.bytes + waiting.size;
  const parts = state.parts.map(({ number, etag }) => ({ number, etag }));
  // One part alone may have any size, and so may the last.
  const isAlone = parts.length === 0;
  if (waiting.size > 0 && !isAlone) {
    const number = parts.at(-1)!.number + 1;
    parts.push({ number, etag: await put(state.id, number, new Blob(waiting.data), options) });
  }
  const head = headOf(heads, size, isAlone ? 0 : state.partSize);
  const first = new Blob([head, ...(isAlone ? waiting.data : [])]);
  parts.unshift({ number: 1, etag: await put(state.id, 1, first, options) });
  Object.assign(state, { final: parts, cursor: waiting.cursor, bytes: size });
  await saveState(reel, state);
}

/** Completes the object; a page that has not heard that it is asks once more. */
async function complete(reel: Reel, state: UploadState, options: Checked): Promise<void> {
  await persist('complete', undefined, options, () => options.complete(state.id, state.final!));
  Object.assign(state, { final: undefined, isDone: true });
  await saveState(reel, state);
}

/** Sends a part, as often as it takes. Gives its tag. */
function put(id: string, number: number, body: Blob, options: Checked): Promise<string> {
  return persist(`part ${number}`, number, options, async () => {
    const address = await options.address(id, number);
    const isAddress = typeof address === 'string' ? address : (address as unknown) instanceof URL;
    check('what address gives', isAddress, 'a string or a URL');
    return putOnce(address, number, body, options.signal);
  });
}

async function putOnce(
  address: string | URL,
  number: number,
  body: Blob,
  signal: AbortSignal | undefined,
): Promise<string> {
  const ending = new AbortController();
  const abort = () => ending.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const limit = LIMIT_MS + (LIMIT_MS_PER_MIB * body.size) / MIB;
  const timer = setTimeout(() => ending.abort(new Error(`no answer in ${Math.round(limit / 1000)} s`)), limit);
  try {
    const answer = await fetch(address, { method: 'PUT', body, signal: ending.signal });
    const { ok, status, headers } = answer;
    const etag = headers.get('ETag');
    if (ok && etag) return etag;
    if (ok) throw new UploadError(`part ${number}: its ETag is not exposed by the CORS rules`, status, number);
    const [, code = ''] = /<Code>(\w+)</.exec(await answer.text()) ?? [];
    // S3 answers 400 to a part that was too slow. The number of HTTP for that is 408.
    const isSlow = code === 'RequestTimeout';
    throw Object.assign(new Error(`the storage answers ${status} ${code}`), { status: isSlow ? 408 : status });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
