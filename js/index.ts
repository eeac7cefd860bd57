export { download, fileName } from './download.js';
export { optionsFromEnv } from './env.js';
export {
  DisabledError,
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
export type { ExportOptions, Movie } from './movie.js';
export { Recorder, type RecorderEventMap, type RecorderState } from './recorder.js';
export { reels, type Reel } from './reels.js';
export type {
  Codec,
  Drops,
  Freeze,
  FreezeMode,
  Length,
  Progress,
  RecorderOptions,
  ReelInfo,
  Space,
  StopReason,
} from './types.js';
