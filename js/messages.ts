import type { ErrorCode } from './errors.js';
import type { Freeze, Progress, ReelInfo, StopReason } from './types.js';

/** What the page may ask of the worker, with what comes back. */
export interface Calls {
  start: { ask: StartMessage; answer: Started };
  pause: { ask: null; answer: void };
  resume: { ask: null; answer: void };
  trackEnded: { ask: null; answer: void };
  export: { ask: null; answer: Blob };
  stop: { ask: null; answer: void };
  listReels: { ask: null; answer: ReelInfo[] };
  exportReel: { ask: string; answer: Blob };
  deleteReel: { ask: string; answer: void };
}

/** What a recording starts from. */
export interface StartMessage {
  frames: ReadableStream<VideoFrame>;
  options: OptionEntry[];
  paused: boolean;
}

/** What is known of a recording that has begun. */
export interface Started {
  id: string;
  createdAt: number;
  /** The longest that it may become, in seconds. */
  maxLength: number;
}

/** An option as it was written: its value, if a worker can receive that, and as a person would recognise it. */
export interface OptionEntry {
  name: string;
  value: number | string | boolean | undefined;
  shown: string;
}

/** From the page to the worker; `id` 0 wants no answer. */
export type Request = { [C in keyof Calls]: { id: number; call: C; ask: Calls[C]['ask'] } }[keyof Calls];

/** What comes back for a {@link Request}. */
export type Answer = { id: number; answer: unknown } | { id: number; error: PlainError };

/** An error on its way through `postMessage`. */
export interface PlainError {
  code: ErrorCode;
  message: string;
}

/** What the recording tells unasked. */
export type WorkerEvent =
  | { type: 'progress'; progress: Progress }
  | { type: 'freeze'; freeze: Freeze }
  | { type: 'limit'; progress: Progress }
  | { type: 'error'; error: PlainError }
  | { type: 'stop'; reason: StopReason; progress: Progress; saved: boolean };
