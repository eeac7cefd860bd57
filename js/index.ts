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
export { locate, type Address, type Files, type TrustedAddress } from './locate.js';
export type { ExportOptions, Movie } from './movie.js';
export { Recorder, type RecorderEventMap, type RecorderState } from './recorder.js';
export { reels, type Reel } from './reels.js';
export type { CapturePath } from './capture.js';
export type { Support } from './support.js';
export type {
  Codec,
  Drops,
  EncoderKind,
  Freeze,
  FreezeMode,
  Length,
  Progress,
  RecorderOptions,
  ReelInfo,
  Space,
  StopReason,
  StorageKind,
} from './types.js';
