import type { PlainError } from './errors.js';
import type { FragmentsAnswer } from './fragments.js';
import type { FrameSource, SoundSource } from './transferred.js';
import type {
  Codec,
  Container,
  Cue,
  EncoderKind,
  Freeze,
  Mark,
  Progress,
  ReelInfo,
  Scaled,
  StorageSpace,
  Stall,
  StopReason,
  StorageKind,
} from './types.js';

/** What the page may ask of the worker, with what comes back. */
export interface Calls {
  start: { ask: StartMessage; answer: Started };
  pause: { ask: null; answer: void };
  resume: { ask: null; answer: void };
  replaceTrack: { ask: TrackMessage; answer: void };
  replaceSound: { ask: SoundSource; answer: void };
  /** Whether the page has disabled the track whose packets the worker decodes. */
  muteSound: { ask: boolean; answer: void };
  trackEnded: { ask: null; answer: void };
  export: { ask: { id: string; clip: OptionEntry[] }; answer: MovieAnswer };
  mark: { ask: OptionEntry[]; answer: Mark };
  /** Adds words. Nothing ends those before. */
  cue: { ask: OptionEntry[]; answer: Cue };
  forget: { ask: string; answer: void };
  stop: { ask: null; answer: void };
  hasProcessor: { ask: null; answer: boolean };
  support: { ask: OptionEntry[]; answer: WorkerSupport };
  listReels: { ask: null; answer: ReelInfo[] };
  exportReel: { ask: { id: string; clip: OptionEntry[] }; answer: MovieAnswer };
  nextFragments: { ask: FragmentsAsk; answer: FragmentsAnswer };
  /** The same of a reel in the memory of the worker. */
  fragmentsHere: { ask: FragmentsAsk; answer: FragmentsAnswer };
  stretchOfReel: { ask: StretchAsk; answer: Stretch };
  /** The same of a reel in the memory of the worker. */
  stretchHere: { ask: StretchAsk; answer: Stretch };
  pictures: { ask: PicturesMessage; answer: Picture[] };
  picturesOfReel: { ask: PicturesMessage; answer: Picture[] };
  noteExport: { ask: { id: string; bytes: number }; answer: void };
  deleteReel: { ask: string; answer: void };
}

/** What a recording starts from. */
export interface StartMessage {
  /** None for sound alone. */
  source: FrameSource | undefined;
  /** The sound that is recorded beside it. */
  sound: SoundSource | undefined;
  options: OptionEntry[];
  setup: Setup;
}

/** What a recording continues with. */
export interface TrackMessage {
  source: FrameSource;
  /** Whether its frames are those of a device. */
  device: boolean;
}

/** How a recording starts. */
export interface Setup {
  paused: boolean;
  /** Whether its frames are those of a device. */
  device: boolean;
  /** The size of its pictures, in pixels; 0 if it is not known. */
  width: number;
  height: number;
  /** The id of the reel to go on with. */
  reel: string | undefined;
  /** Since when this page has been there, in milliseconds since 1970, if what is of earlier visits may be cleaned up. */
  visitBegan: number | undefined;
  /** How many bytes the reel may have if it is in memory. */
  room: number;
}

/** What is known of a recording that has begun. */
export interface Started {
  id: string;
  container: Container;
  createdAt: number;
  /** The marks that it has already. */
  marks: Mark[];
  cues: Cue[];
  /** The longest that it may become, in seconds. */
  maxLength: number;
  /** Whether the browser is to be asked to keep the origin's storage. */
  persist: boolean;
  /** Whether it is in the worker's memory, and not on disk. */
  inMemory: boolean;
  /** Whether sound is encoded. */
  hasSound: boolean;
}

/** What a recording would be made with, as far as the worker knows. */
export interface WorkerSupport {
  codecs: Codec[];
  codec: string | undefined;
  encoder: EncoderKind | undefined;
  audioCodec: string | undefined;
  storage: StorageKind | undefined;
  error: PlainError | undefined;
}

/** An exported file, and what of the reel it is, in seconds. */
export interface MovieAnswer {
  blob: Blob;
  start: number;
  end: number;
  /** The same in media time, of the pictures. */
  mediaEnd: number;
  damaged: number;
  /** The size of the reel that it is of, in bytes. */
  reelBytes: number;
}

/** A reel, and a place in it behind which fragments are wanted. */
interface FragmentsAsk {
  id: string;
  after: string | undefined;
}

/** A reel, and where a stretch of it begins: at a time in seconds, unless it continues behind another one. */
interface StretchAsk {
  id: string;
  at: number;
  after: string | undefined;
}

/** What a player gets of a reel. Times are in seconds of media time. */
export interface Stretch {
  /** When what there is of the reel begins. */
  start: number;
  /** When what there is of the reel ends. */
  end: number;
  /** Whether it is being recorded. */
  live: boolean;
  /** A stretch, unless nothing follows by now. */
  part?: StretchPart;
}

/** A stretch as fragmented MP4. */
export interface StretchPart {
  /** The initialisation, if it is another one than before. */
  init?: Uint8Array<ArrayBuffer>;
  data: Blob;
  mimeType: string;
  from: number;
  to: number;
  /** Whether it takes the place of all that is there from its start on. */
  fresh: boolean;
  /** Where it ends: what {@link StretchAsk.after} takes. */
  place: string;
}

/** Which pictures of a reel are asked for. */
export type PictureKind = 'poster' | 'filmstrip' | 'snapshot';

/** Pictures of a reel that are asked for. */
export interface PicturesMessage {
  id: string;
  kind: PictureKind;
  options: OptionEntry[];
}

/** A picture, and the time that it is for, in seconds from the reel's start. */
export interface Picture {
  time: number;
  picture: Blob;
}

/** What pictures are decoded from, and as what they are wanted. */
export interface PictureSources {
  width: number | undefined;
  type: string;
  quality: number;
  sources: {
    /** The times that the picture is for, in seconds from the reel's start. */
    times: number[];
    /** Sources of one configuration have the same object. */
    config: VideoDecoderConfig;
    /** A key frame, and what follows it up to the picture: bytes, and the sizes of the samples in them. */
    parts: { data: Blob | Uint8Array<ArrayBuffer>; sizes: number[] }[];
  }[];
}

/** An option as it was written: its value, if a worker can receive that, and as a person would recognise it. */
export interface OptionEntry {
  name: string;
  value: number | string | boolean | undefined;
  shown: string;
}

/** From the page to the worker, before all else: where its module is, if not beside it. */
export interface Begin {
  wasm: string | undefined;
}

/** From the page to the worker, beside an {@link Abort}; `id` 0 wants no answer. */
export type Request = { [C in keyof Calls]: { id: number; call: C; ask: Calls[C]['ask'] } }[keyof Calls];

/** What comes back for a {@link Request}; before the answer to one for an export, how far it is, from 0 to 1. */
export type Answer = { id: number; answer: unknown } | { id: number; error: PlainError } | { id: number; done: number };

/** From the page to the worker: the answer to this call is not wanted any more. */
export interface Abort {
  abort: number;
}

/** What the recording of a reel reports unasked, and what is reported beside it. */
export type WorkerEvent = BesideEvent | (ReelEvent & { reel: string });

type BesideEvent =
  | { type: 'cleanup'; removed: ReelInfo[]; error?: PlainError }
  /** Another recording has followed: events of the one before still come. */
  | { type: 'next'; started: Started };

type ReelEvent =
  | { type: 'progress'; progress: Progress }
  | { type: 'freeze'; freeze: Freeze }
  | { type: 'stall'; stall: Stall }
  | { type: 'space'; space: StorageSpace }
  | { type: 'scaled'; scaled: Scaled }
  /** The frames of the source can't be kept as they are received, for this reason. */
  | { type: 'unfit'; reason: string }
  /** Something of it is on disk, as it is recorded now. */
  | { type: 'stored' }
  /** A mark was made. */
  | { type: 'mark'; mark: Mark }
  /** Marks or cues are elsewhere than they were, or went, or a cue was made: all there are. */
  | { type: 'marks'; marks: Mark[]; cues: Cue[] }
  | { type: 'limit'; progress: Progress; next: boolean }
  | { type: 'error'; error: PlainError }
  | { type: 'stop'; reason: StopReason; progress: Progress; saved: boolean };
