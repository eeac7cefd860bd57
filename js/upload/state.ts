// How far an upload is, in a database of this origin: it survives a reload and a crash.
import { answerOf, withNotes } from '../notes.js';
import type { FragmentHead } from './head.js';

/** What the storage has. */
export interface UploadState {
  /** What the page was given for the upload. */
  id: string;
  /** Behind which fragment what is there ends; none before the first. */
  cursor: string | undefined;
  /** How many bytes of fragments are there. */
  bytes: number;
  /** The parts that are there, without the first, which comes last. */
  parts: { number: number; etag: string; heads: FragmentHead[] }[];
  /** All parts once they are there: the object is complete, or to be completed. */
  final?: { number: number; etag: string }[];
}

/** The state under this key; none if there is none. */
export async function loadState(key: string): Promise<UploadState | undefined> {
  return within('readonly', async (uploads) => {
    const [known, parts] = await Promise.all([
      answerOf<Omit<UploadState, 'parts'> | undefined>(uploads.get([key, 0])),
      answerOf<UploadState['parts']>(uploads.getAll(IDBKeyRange.bound([key, 1], [key, Infinity]))),
    ]);
    return known && { ...known, parts };
  });
}

/** Notes an upload, and the part that is there now, if one is new. Both or nothing. */
export async function saveState(
  key: string,
  { id, cursor, bytes, final }: UploadState,
  part?: UploadState['parts'][number],
): Promise<void> {
  await within('readwrite', async (uploads) => {
    uploads.put({ id, cursor, bytes, final }, [key, 0]);
    if (part) uploads.put(part, [key, part.number]);
  });
}

/** Forgets an upload. */
export async function forgetState(key: string): Promise<void> {
  await within('readwrite', async (uploads) => void uploads.delete(IDBKeyRange.bound([key, 0], [key, Infinity])));
}

function within<T>(mode: IDBTransactionMode, use: (uploads: IDBObjectStore) => Promise<T>): Promise<T> {
  return withNotes('trackreel-uploads', 'uploads', mode, use);
}
