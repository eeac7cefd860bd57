import type { Engine } from './engine.js';

/** As what the bytes of a segment are in the store: `Blob` or `ArrayBuffer`. */
export function storageKind(engine: Engine): Promise<string> {
  return engine.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const opening = indexedDB.open('trackreel');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const reading = database.transaction('segments').objectStore('segments').getAll(undefined, 1);
          reading.onerror = () => reject(reading.error);
          reading.onsuccess = () => {
            database.close();
            resolve(reading.result[0].data.constructor.name);
          };
        };
      }),
  );
}
