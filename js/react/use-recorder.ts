import { useMemo, useSyncExternalStore } from 'react';
import type { RecorderOptions } from '../index.js';
import { IDLE, type RecordingStatus } from '../session.js';
import { useSession, type RecorderActions } from './use-session.js';

/** What {@link useRecorder} gives: what is going on, and what can be done about it. */
export interface UseRecorder extends RecordingStatus, RecorderActions {}

/**
 * Records a stream that a component shows.
 *
 * ```tsx
 * function Call({ stream }: { stream: MediaStream | null }) {
 *   const recorder = useRecorder(stream, { maxLength: '30m' });
 *   if (recorder.state === 'inactive') return <button onClick={() => recorder.start()}>Record</button>;
 *   return <button onClick={() => recorder.stop()}>Stop at {Math.floor(recorder.time)} s</button>;
 * }
 * ```
 *
 * The component renders several times a second while it records, when there is progress; with {@link useRecording} it does not.
 *
 * - Nothing is recorded until `start()` is called.
 * - If the stream is exchanged for one with another track, or taken away, the recording ends and stays on disk; the next
 *   `start()` takes the new one, `start(reel)` into the same file.
 * - The options may be written anew in each render. Those of the moment count when a recording starts.
 * - When the component is unmounted, the recording ends and stays on disk: `reels.list()` has it. To go on recording while the
 *   user moves about, call the hook in a component that stays.
 * - On a server it does nothing, and tells that nothing is being recorded.
 *
 * @param source - the stream or track to record; `null` or `undefined` as long as there is none
 * @param options - see {@link RecorderOptions}
 */
export function useRecorder(
  source: MediaStream | MediaStreamTrack | null | undefined,
  options: RecorderOptions = {},
): UseRecorder {
  const { session, actions } = useSession(source, options);
  const status = useSyncExternalStore(session.subscribe, session.status, () => IDLE);
  return useMemo(() => ({ ...status, ...actions }), [status, actions]);
}
