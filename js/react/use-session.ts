import type { RecorderSource } from '../index.js';
import { useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { download, type ExportOptions, type RecorderOptions } from '../index.js';
import { RecordingSession, type RecordingActions } from '../session.js';

/** The actions of a component. Each is the same function in every render, and none rejects. */
export interface RecorderActions extends RecordingActions {
  /**
   * Exports everything recorded so far, or a part of it, and saves it as a download. Recording continues.
   *
   * Gives the file's name, or `undefined` if it failed.
   *
   * @param options - as of {@link RecordingActions.exportFile}, and the file's name; a new one if omitted
   */
  readonly download: (options?: ExportOptions & { name?: string }) => Promise<string | undefined>;
}

/** On a server nothing is laid out, and React 18 says so of every such effect. */
const useCommitEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect;

/** Records what a component shows, for as long as it is shown. @internal */
export function useSession(
  source: RecorderSource | null | undefined,
  options: RecorderOptions,
): { session: RecordingSession; actions: RecorderActions } {
  const [session] = useState(() => new RecordingSession());
  useCommitEffect(() => {
    session.options = options;
  });
  useCommitEffect(() => {
    session.source = source;
  }, [session, source]);
  useEffect(session.hold, [session]);
  const actions = useMemo(() => actionsOf(session), [session]);
  return { session, actions };
}

function actionsOf(session: RecordingSession): RecorderActions {
  const { start, pause, resume, replaceTrack, stop, exportFile } = session;
  return {
    start,
    pause,
    resume,
    replaceTrack,
    stop,
    exportFile,
    async download(options) {
      const { name, ...rest } = options ?? {};
      const movie = await exportFile(rest);
      return movie && download(movie, name);
    },
  };
}
