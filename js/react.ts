/**
 * {@link useRecorder}, the recorder as a hook for React 18 and later; {@link useRecording} and {@link useProgress}, the same in two parts.
 *
 * @module trackreel/react
 */

export { useProgress, type ProgressStore } from './react/use-progress.js';
export { useRecorder, type UseRecorder } from './react/use-recorder.js';
export { useRecording, type UseRecording } from './react/use-recording.js';
export type { ControlsAttributes } from './react/jsx.js';
export type { RecorderActions } from './react/use-session.js';
export type { RecordingActions, RecordingProgress, RecordingState, RecordingStatus } from './session.js';
