export { download, fileName } from './download.js';
export {
  EncoderError,
  OptionError,
  SourceError,
  StateError,
  StorageError,
  TrackreelError,
  UnsupportedError,
  WorkerError,
  type ErrorCode,
} from './errors.js';
export { Recorder, type RecorderEventMap, type RecorderState } from './recorder.js';
export { reels, type Reel } from './reels.js';
export type { Codec, Drops, Progress, RecorderOptions, ReelInfo, StopReason } from './types.js';
