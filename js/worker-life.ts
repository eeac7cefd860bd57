/**
 * Holds a lock for as long as this worker lives: one that is ended reports nothing, but its lock is released.
 *
 * @returns the lock's name, once it is held. Where there are no locks, it stays pending
 * @internal
 */
export function holdLock(): Promise<string> {
  return new Promise((resolve) => {
    const lock = `trackreel-tap:${crypto.randomUUID?.()}`;
    const hold = () => {
      resolve(lock);
      return new Promise<never>(() => {});
    };
    navigator.locks?.request(lock, hold).catch(() => {});
  });
}

/** Calls a function when the worker that holds this lock is no more. @internal */
export function whenReleased(lock: string, onReleased: () => void): void {
  navigator.locks.request(lock, onReleased).catch(() => {});
}
