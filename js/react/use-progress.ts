import { useMemo, useSyncExternalStore } from 'react';
import { IDLE, type RecordingProgress } from '../session.js';

/** The source of a recording's progress: {@link UseRecording.progress}. It is the same object in every render. */
export interface ProgressStore {
  /** The progress now. */
  readonly get: () => RecordingProgress;
  /** Calls a listener whenever there is progress. Returns a function that ends that. */
  readonly subscribe: (listener: () => void) => () => void;
}

/**
 * The progress of a recording, for the component that shows it. The component renders several times a second.
 *
 * @param progress - from {@link UseRecording.progress}
 */
export function useProgress(progress: ProgressStore): RecordingProgress;
/**
 * One value of the progress. The component renders only when that value changes, by `Object.is`.
 *
 * `useProgress(progress, ({ duration }) => Math.floor(duration))` renders once a second.
 *
 * @param progress - from {@link UseRecording.progress}
 * @param select - takes the value out of the progress
 */
export function useProgress<T>(progress: ProgressStore, select: (progress: RecordingProgress) => T): T;
export function useProgress<T>(
  progress: ProgressStore,
  select: (progress: RecordingProgress) => T = (all) => all as T,
): T {
  const get = useMemo(() => selecting(progress.get, select), [progress, select]);
  return useSyncExternalStore(progress.subscribe, get, () => select(IDLE));
}

/** Selects once for each progress, since React asks twice and wants the same object. */
function selecting<T>(get: () => RecordingProgress, select: (progress: RecordingProgress) => T): () => T {
  let last: { progress: RecordingProgress; selected: T } | undefined;
  return () => {
    const progress = get();
    if (last?.progress !== progress) last = { progress, selected: select(progress) };
    return last.selected;
  };
}
