import { useEffect, useLayoutEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { download, type ExportOptions, type RecorderOptions } from '../index.js';
import { IDLE, Session, type RecordingActions, type RecordingStatus } from '../session.js';

/** What {@link useRecorder} gives: what is going on, and what can be done about it. */
export interface UseRecorder extends RecordingStatus, RecordingActions {
  /**
   * Exports all that was recorded so far, or a part of it, and saves it as a download; recording goes on. Gives the file's name,
   * or `undefined` if it failed.
   *
   * @param options - as of {@link RecordingActions.export}, and the file's name; a fresh one if left out
   */
  readonly download: (options?: ExportOptions & { name?: string }) => Promise<string | undefined>;
}

/** On a server nothing is laid out, and React 18 says so of every such effect. */
const useCommitEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect;

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
  const [session] = useState(() => new Session());
  useCommitEffect(() => {
    session.options = options;
  });
  useCommitEffect(() => {
    session.source = source;
  }, [session, source]);
  useEffect(session.hold, [session]);
  const status = useSyncExternalStore(session.subscribe, session.status, () => IDLE);
  const actions = useMemo(() => actionsOf(session), [session]);
  return useMemo(() => ({ ...status, ...actions }), [status, actions]);
}

function actionsOf(session: Session): Omit<UseRecorder, keyof RecordingStatus> {
  const { start, pause, resume, stop } = session;
  return {
    start,
    pause,
    resume,
    stop,
    export: session.export,
    async download({ name, ...options } = {}) {
      const movie = await session.export(options);
      return movie && download(movie, name);
    },
  };
}
