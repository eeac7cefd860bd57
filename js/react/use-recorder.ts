import { useMemo, useSyncExternalStore } from 'react';
import type { RecorderOptions, RecorderSource } from '../index.js';
import { IDLE, type RecordingStatus } from '../session.js';
import { useSession, type RecorderActions } from './use-session.js';

/** The result of {@link useRecorder}: the status and the actions. */
export interface UseRecorder extends RecordingStatus, RecorderActions {}

/**
 * Records a stream that a component shows.
 *
 * ```tsx
 * function Call({ stream }: { stream: MediaStream | null }) {
 *   const recorder = useRecorder(stream, { maxLength: '30m' });
 *   if (recorder.state === 'inactive') return <button onClick={() => recorder.start()}>Record</button>;
 *   return <button onClick={() => recorder.stop()}>Stop at {Math.floor(recorder.duration)} s</button>;
 * }
 * ```
 *
 * The component renders several times a second while it records, because the progress changes. With {@link useRecording} it does not.
 *
 * - Nothing is recorded until `start()` is called.
 * - If the stream has another track, or is `null` again, the recording ends and stays on disk. The next `start()` records the new
 *   track, `start(reel)` into the same file.
 * - The options may be a new object in each render. The options of the moment count when a recording starts.
 * - When the component is unmounted, the recording ends and stays on disk: `reels.list()` has it. To record while the user
 *   navigates, call the hook in a component that stays.
 * - On a server it does nothing, and its state is `inactive`.
 *
 * @param source - the stream, the track or the tracks to record; `null` or `undefined` while there is none
 * @param options - see {@link RecorderOptions}
 */
export function useRecorder(source: RecorderSource | null | undefined, options: RecorderOptions = {}): UseRecorder {
  const { session, actions } = useSession(source, options);
  const status = useSyncExternalStore(session.subscribe, session.status, () => IDLE);
  return useMemo(() => ({ ...status, ...actions }), [status, actions]);
}
