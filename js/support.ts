import {
  NO_CAPTURE,
  capturePath,
  isActive,
  needsClick,
  pageFault,
  type AudioPath,
  type CapturePath,
} from './capture.js';
import { entriesOf } from './option-entries.js';
import { UnsupportedError, WorkerError, errorFrom, errorOf, type TrackreelError } from './errors.js';
import { keptCodecs } from './received.js';
import { library } from './reels.js';
import { audioPath } from './sound.js';
import type { Codec, EncoderKind, RecorderOptions, StorageKind } from './types.js';

/** What a recording would use in this browser. */
export interface Support {
  /** Whether a recording is possible. */
  supported: boolean;
  /** Why not: the error that {@link Recorder.start} would reject with. A full disk shows only there. */
  reason: TrackreelError | undefined;
  /** How the frames would arrive. */
  capture: CapturePath | undefined;
  /** How the sound would arrive. Absent with `audio: false`, and where the browser gives none: the file then has only video. */
  audio: AudioPath | undefined;
  /**
   * Whether, as of this call, {@link Recorder.start} has to be called in a click handler.
   *
   * Firefox and Safari give no sound before a click. A Firefox that blocks autoplay of all video gives no frames either. Where only sound
   * is missing, the recording starts without it, reports an `error` event, and has sound from the next click on.
   */
  needsClick: boolean;
  /** The available codecs, at 1280×720. */
  codecs: Codec[];
  /** The codec that would be used, as RFC 6381 writes it. */
  codec: string | undefined;
  /**
   * The codecs of received video whose frames can be kept as they are, without an encode, where a connection is tapped: {@link tap}. Empty
   * where the browser gives no encoded frames, and with `source: 'frames'`. Other codecs are encoded, as with other sound than Opus.
   */
  received: Codec[];
  /** Where it would be encoded, as the browser reports it. A browser may hide hardware. */
  encoder: EncoderKind | undefined;
  /** The codec of the sound, as RFC 6381 writes it; `undefined` if none can be recorded, or none is wanted. */
  audioCodec: string | undefined;
  /** How it would be stored. */
  storage: StorageKind | undefined;
}

/** Finds out, in the worker, what there is. For a page that may not start one, that is reported as any other lack. @internal */
export async function support(options: RecorderOptions): Promise<Support> {
  const entries = entriesOf(options);
  try {
    const fault = pageFault();
    if (fault) throw fault;
    // As of this call, and not of when the answer is there.
    const [isInClick, path] = [isActive(), audioPath(entries)];
    const capture = await capturePath(library());
    const { error, ...found } = await library().call('support', entries);
    const reason = !capture ? errorOf('unsupported', NO_CAPTURE) : error && errorFrom(error);
    const audio = found.audioCodec === undefined ? undefined : path;
    const click = needsClick(capture, audio, isInClick);
    const received = await keptCodecs(entries);
    return { supported: !reason, reason, capture, audio, needsClick: click, received, ...found };
  } catch (error) {
    if (!(error instanceof WorkerError || error instanceof UnsupportedError)) throw error;
    const nothing = {
      capture: undefined,
      audio: undefined,
      codec: undefined,
      encoder: undefined,
      audioCodec: undefined,
      storage: undefined,
    };
    return { supported: false, reason: error, needsClick: false, codecs: [], received: [], ...nothing };
  }
}
