export { useRecorder, type UseRecorder } from './react/use-recorder.js';
export type { ControlsAttributes } from './react/jsx.js';
export type { RecordingActions, RecordingStatus } from './session.js';
