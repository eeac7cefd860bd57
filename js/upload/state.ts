// How far an upload is, in a database of this origin: it survives a reload and a crash.
import type { Reel } from '../index.js';
import { answerOf } from '../notes.js';
import type { FragmentHead } from './head.js';

/** What the storage has. */
export interface UploadState {
  /** What the page was given for the upload. */
  id: string;
  /** The least size of its parts, in bytes. */
  partSize: number;
  /** Behind which fragment what is there ends; none before the first. */
  cursor: string | undefined;
  /** How many bytes of fragments are there. */
  bytes: number;
  /** The parts that are there, without the first, which comes last. */
  parts: { number: number; etag: string; heads: FragmentHead[] }[];
  /** All parts once they are there: the object is complete, or to be completed. */
  final?: { number: number; etag: string }[] | undefined;
  /** Whether the object is complete. */
  isDone?: boolean | undefined;
}

/** How far the upload of a reel is; none if none has begun. */
export async function loadState(reel: Reel): Promise<UploadState | undefined> {
  return within(reel, 'readonly', async (uploads) => {
    const [known, parts] = await Promise.all([
      answerOf<Omit<UploadState, 'parts'> | undefined>(uploads.get([reel.id, 0])),
      answerOf<UploadState['parts']>(uploads.getAll(IDBKeyRange.bound([reel.id, 1], [reel.id, Infinity]))),
    ]);
    return known && { ...known, parts };
  });
}

/** Notes an upload, and the part that is there now, if one is new. Both or nothing. One that is done needs no parts. */
export async function saveState(
  reel: Reel,
  { parts: _, ...known }: UploadState,
  part?: UploadState['parts'][number],
): Promise<void> {
  await within(reel, 'readwrite', async (uploads) => {
    if (known.isDone) uploads.delete(allOf(reel.id));
    uploads.put(known, [reel.id, 0]);
    if (part) uploads.put(part, [reel.id, part.number]);
  });
}

/** Forgets the upload of a reel. */
export async function forgetState(reel: Reel): Promise<void> {
  await within(reel, 'readwrite', async (uploads) => void uploads.delete(allOf(reel.id)));
}

/** Forgets the uploads of other reels that were deleted. */
export async function forgetGone(reel: Reel): Promise<void> {
  const keys = await within(reel, 'readonly', (uploads) => answerOf(uploads.getAllKeys()));
  const gone = new Set(keys.map((key) => (key as [string, number])[0]));
  gone.delete(reel.id);
  if (gone.size === 0) return;
  for (const { id } of await reel.core.reels.list()) gone.delete(id);
  await within(reel, 'readwrite', async (uploads) => {
    for (const id of gone) uploads.delete(allOf(id));
  });
}

function allOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Infinity]);
}

function within<T>({ core }: Reel, mode: IDBTransactionMode, use: (uploads: IDBObjectStore) => Promise<T>): Promise<T> {
  return core.withNotes('trackreel-uploads', 'uploads', mode, use);
}
