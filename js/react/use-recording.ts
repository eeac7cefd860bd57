import { useMemo, useSyncExternalStore } from 'react';
import type { RecorderOptions, RecorderSource } from '../index.js';
import { IDLE_STATE, type RecordingState } from '../session.js';
import type { ProgressStore } from './use-progress.js';
import { useSession, type RecorderActions } from './use-session.js';

/** The result of {@link useRecording}: the state, the actions, and the progress store. */
export interface UseRecording extends RecordingState, RecorderActions {
  /** The progress of the recording, for {@link useProgress}. */
  readonly progress: ProgressStore;
}

/**
 * Records a stream that a component shows, as {@link useRecorder} does, without renders for progress.
 *
 * The component renders only when the state changes. {@link useProgress} gives the progress to the component that shows it.
 *
 * ```tsx
 * function Call({ stream }: { stream: MediaStream | null }) {
 *   const { state, start, stop, progress } = useRecording(stream);
 *   if (state === 'inactive') return <button onClick={() => start()}>Record</button>;
 *   return <button onClick={() => stop()}>Stop at <Seconds progress={progress} /></button>;
 * }
 *
 * function Seconds({ progress }: { progress: ProgressStore }) {
 *   return <>{useProgress(progress, ({ duration }) => Math.floor(duration))} s</>;
 * }
 * ```
 *
 * @param source - the stream, the track or the tracks to record; `null` or `undefined` while there is none
 * @param options - see {@link RecorderOptions}
 */
export function useRecording(source: RecorderSource | null | undefined, options: RecorderOptions = {}): UseRecording {
  const { session, actions } = useSession(source, options);
  const state = useSyncExternalStore(session.subscribe, session.state, () => IDLE_STATE);
  const progress = useMemo(() => ({ get: session.status, subscribe: session.subscribe }), [session]);
  return useMemo(() => ({ ...state, ...actions, progress }), [state, actions, progress]);
}
