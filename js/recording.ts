import type { Capture } from './capture.js';
import type { TrackreelError } from './errors.js';
import type { Started } from './messages.js';
import { exportMovie } from './movie.js';
import type { Port } from './port.js';
import type { ReelOwner } from './reels.js';

/** The most that a reel may have in memory, together with those that are there when it begins, in bytes. */
const MEMORY_BYTES = 500_000_000;

/** What the page knows of a recording that it began. @internal */
export interface Recording extends Started {
  /** The worker that makes it; gone once nothing is there only, or it crashed. */
  port: Port | undefined;
  /** Where its frames come from. */
  capture: Pick<Capture, 'stop'>;
  /** Whether it has ended with all of it stored. */
  saved: boolean;
  /** Its size so far, in bytes. */
  bytes: number;
  /** Its size when all of it was exported last, in bytes. */
  exportedBytes: number;
  /** What failed last. */
  failure?: TrackreelError;
}

/** What another recording begins with that follows this one in its worker. @internal */
export function follow({ port, capture }: Recording, started: Started): Recording {
  port!.share();
  return recordingOf(started, port!, capture);
}

/** Those that are in memory, from the oldest on. */
const inMemory = new Set<Recording>();

/** What is known of a recording at its beginning. @internal */
export function recordingOf(started: Started, port: Port, capture: Pick<Capture, 'stop'>): Recording {
  const recording: Recording = { ...started, port, capture, saved: false, bytes: 0, exportedBytes: 0 };
  if (recording.inMemory) inMemory.add(recording);
  return recording;
}

/** Has the worker of a recording, if it is still there, forget what is only there. It ends when no other recording needs it. @internal */
export function release(recording: Recording): void {
  const { id, port } = recording;
  // One that has been lost has nothing any more.
  if (port && !port.close()) port.call('forget', id).catch(() => {});
  recording.port = undefined;
  inMemory.delete(recording);
}

/**
 * How many bytes another reel may have in memory. Of those that have ended and were exported in full, the oldest are released, unless
 * half of the room is free.
 *
 * @internal
 */
export function roomInMemory(): number {
  let room = MEMORY_BYTES;
  for (const { bytes } of inMemory) room -= bytes;
  for (const recording of inMemory) {
    if (room >= MEMORY_BYTES / 2) break;
    if (!recording.saved || recording.exportedBytes < recording.bytes) continue;
    room += recording.bytes;
    release(recording);
  }
  return Math.max(0, room);
}

/** Forgets what was in the memory of a worker that is lost. @internal */
export function forgetLost(port: Port): void {
  for (const recording of inMemory) if (recording.port === port) release(recording);
}

/** What a reel asks of its recording. @internal */
export function ownerOf(recording: Recording): ReelOwner {
  return {
    inMemory: recording.inMemory,
    export: (options) => recording.port && exportFrom(recording, recording.port, options),
    fragments: (after) => recording.port?.call('fragmentsHere', { id: recording.id, after }),
    stretch: (at, after) => recording.port?.call('stretchHere', { id: recording.id, at, after }),
    pictures: (ask) => recording.port?.call('pictures', { id: recording.id, ...ask }),
    release: () => release(recording),
  };
}

async function exportFrom(recording: Recording, port: Port, options: Parameters<typeof exportMovie>[3]) {
  const createdAt = new Date(recording.createdAt);
  const { movie, reelBytes = 0 } = await exportMovie(port, 'export', createdAt, options, (clip) => ({
    id: recording.id,
    clip,
  }));
  const note = async () => void (recording.exportedBytes = Math.max(recording.exportedBytes, reelBytes));
  return { movie, note };
}
