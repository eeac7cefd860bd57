/**
 * {@link useRecorder}, the recorder as a hook for React 18 and later.
 *
 * @module trackreel/react
 */

export { useRecorder, type UseRecorder } from './react/use-recorder.js';
export type { ControlsAttributes } from './react/jsx.js';
export type { RecordingActions, RecordingStatus } from './session.js';
