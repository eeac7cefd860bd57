import type { Engine } from './engine.js';

/** The type of a large segment's bytes in the store: `Blob` or `ArrayBuffer`. Small ones are kept by value everywhere. */
export function storageKind(engine: Engine): Promise<string> {
  return engine.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const opening = indexedDB.open('trackreel');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const reading = database.transaction('segments').objectStore('segments').getAll();
          reading.onerror = () => reject(reading.error);
          reading.onsuccess = () => {
            database.close();
            const kinds = reading.result.map(({ data }) => data.constructor.name);
            resolve(kinds.includes('Blob') ? 'Blob' : kinds[0]);
          };
        };
      }),
  );
}
