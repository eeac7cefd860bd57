import { errorOf } from './errors.js';
import type { Fragment, FragmentOptions } from './fragments.js';
import { answerOf, withNotes } from './notes.js';

/** How a file is saved to. */
export interface SaveToOptions {
  /** Ends it; it rejects with the signal's reason. What is in the file stays, and plays. */
  signal?: AbortSignal | undefined;
}

/** What is known of a file that a reel is saved to. */
interface Mirror {
  handle: FileSystemFileHandle;
  /** Behind which fragment it ends; none before the first. */
  cursor: string | undefined;
  /** How many bytes of fragments it has. */
  size: number;
}

/** A handle that a page has kept may have to be permitted again. */
interface Permitted extends FileSystemFileHandle {
  queryPermission?(of: { mode: 'readwrite' }): Promise<PermissionState>;
  requestPermission?(of: { mode: 'readwrite' }): Promise<PermissionState>;
}

/** The least that is written at a time, in bytes, and by which part the file grows at least: browsers copy it each time. */
const LEAST_BYTES = 50_000;
const GROWTH = 1 / 8;

/** Saves a reel to a file while it is recorded, or later. @internal */
export async function mirror(
  id: string,
  handle: FileSystemFileHandle | undefined,
  { signal }: SaveToOptions,
  fragmentsOf: (options: FragmentOptions) => ReadableStream<Fragment>,
): Promise<void> {
  if (handle !== undefined && typeof handle?.createWritable !== 'function') {
    throw errorOf('invalid-option', 'the file must be a FileSystemFileHandle that can be written');
  }
  await navigator.locks.request(`trackreel-file:${id}`, { ...(signal && { signal }) }, async () => {
    const file = await loadMirror(id, handle);
    let [waiting, size, cursor]: [Blob[], number, string | undefined] = [[], 0, undefined];
    const write = async () => {
      if (!size) return;
      await append(file, waiting);
      Object.assign(file, { size: file.size + size, cursor });
      await within('readwrite', (files) => files.put({ ...file }, id));
      [waiting, size] = [[], 0];
    };
    for await (const fragment of fragmentsOf({ after: file.cursor, signal })) {
      waiting.push(fragment.data);
      size += fragment.data.size;
      cursor = fragment.cursor;
      if (size >= Math.max(LEAST_BYTES, file.size * GROWTH)) await write();
    }
    await write();
    await within('readwrite', (files) => files.delete(id));
  });
}

/** What the file has, if it is the one that the reel was saved to before. It may be written then. */
async function loadMirror(id: string, handle: FileSystemFileHandle | undefined): Promise<Mirror> {
  const before = await within<Mirror | undefined>('readonly', (files) => files.get(id));
  if (!before && !handle) throw errorOf('invalid-option', 'a file is needed: the reel was not saved to one before');
  const isSame = before && (!handle || (await handle.isSameEntry(before.handle)));
  const none = { handle: (handle ?? before?.handle)!, cursor: undefined, size: 0 };
  // In a later session, not even its size can be read before.
  await permit(none.handle);
  if (!isSame) return none;
  // Somebody may have shortened it.
  const { size } = await before.handle.getFile().catch(refuse);
  return size < before.size ? none : before;
}

async function permit(handle: Permitted): Promise<void> {
  const mode = { mode: 'readwrite' } as const;
  const isGranted = async () => ((await handle.queryPermission?.(mode)) ?? 'granted') === 'granted';
  if (await isGranted()) return;
  const answer = await handle.requestPermission?.(mode).catch(refuse);
  if (answer !== 'granted') throw errorOf('storage', 'the file may not be written: the user has not permitted it');
}

/** Writes behind what is known to be in the file: what a crash has left behind that is written again. */
async function append({ handle, size }: Mirror, data: Blob[]): Promise<void> {
  try {
    const writable = await handle.createWritable({ keepExistingData: true });
    await writable.truncate(size);
    await writable.write({ type: 'write', position: size, data: new Blob(data) });
    await writable.close();
  } catch (cause) {
    refuse(cause);
  }
}

function refuse(cause: unknown): never {
  throw errorOf('storage', `the file can't be written: ${cause}`, { cause });
}

function within<T>(mode: IDBTransactionMode, ask: (files: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return withNotes('trackreel-files', 'files', mode, (files) => answerOf(ask(files)));
}
