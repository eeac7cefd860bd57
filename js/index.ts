/**
 * Records live WebRTC video and its sound into an MP4 or a WebM, in the browser.
 *
 * {@link Recorder} records, {@link reels} lists the recordings, {@link download} saves one. `trackreel/without-openh264` is the same
 * without the software encoder.
 *
 * @module trackreel
 */

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
export { locate, type Address, type FileAddresses, type TrustedAddress } from './locate.js';
export type { Fragment, FragmentOptions } from './fragments.js';
export type { SaveToOptions } from './mirror.js';
export type { ExportOptions, Movie } from './movie.js';
export type { Cleanup, RecordingEnd, Followed, RecorderEventMap } from './events.js';
export type { FilmstripPicture, PictureOptions, PosterOptions } from './pictures.js';
export { Recorder, type RecorderState, type StartOptions } from './recorder.js';
export { reels, type Reel, type Reels } from './reels.js';
export type { RecorderSource } from './source.js';
export type { AudioPath, CapturePath } from './capture.js';
export { tap, tapPort } from './tap.js';
export type { Support } from './support.js';
export type {
  AudioCodec,
  Codec,
  Container,
  Cue,
  CueOptions,
  Drops,
  EncoderKind,
  Freeze,
  FreezeMode,
  Duration,
  DurationUnit,
  ShortDurationUnit,
  Mark,
  Metadata,
  Place,
  Progress,
  Quality,
  RecorderOptions,
  ReelState,
  Scaled,
  SourceChange,
  Size,
  StorageSpace,
  Stall,
  StopReason,
  StorageKind,
} from './types.js';
