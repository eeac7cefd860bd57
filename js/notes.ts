// Small databases of this origin, with one store each, that survive a reload and a crash.

/** Uses a database's store; resolves once all of that is on disk, or rejects with nothing of it there. @internal */
export async function withNotes<T>(
  name: string,
  store: string,
  mode: IDBTransactionMode,
  use: (notes: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(store);
  const database = await answerOf(opening);
  try {
    const transaction = database.transaction(store, mode);
    const over = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [used] = await Promise.all([use(transaction.objectStore(store)), over]);
    return used;
  } finally {
    database.close();
  }
}

/** What a request is answered with. @internal */
export function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
