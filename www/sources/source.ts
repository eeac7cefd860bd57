/** Where a person can choose to record from. */
export const SOURCES = ['scene', 'camera', 'screen', 'microphone', 'whep'] as const;

/** One of {@link SOURCES}. */
export type SourceKind = (typeof SOURCES)[number];

/** What can be recorded. */
export interface Source {
  /** A video track, a track of sound, or both. */
  readonly stream: MediaStream;
  /** What it is called, such as `Camera` or, of a connection, its codec. */
  readonly name: string;
  /** Ends the track, and whatever makes it. */
  close(): void;
}

/** Called once if a source ends by itself, with the reason in words for a person. */
export type OnLost = (why: string) => void;

/** A source's failure, in words for a person, with a remedy. */
export class SourceFailure extends Error {}

/** The source that a stream of this device is, such as a camera's. */
export function deviceSource(stream: MediaStream, name: string, onLost: OnLost, why: string): Source {
  const [track] = [...stream.getVideoTracks(), ...stream.getAudioTracks()];
  track?.addEventListener('ended', () => onLost(why), { once: true });
  return {
    stream,
    name,
    close: () => stream.getTracks().forEach((each) => each.stop()),
  };
}
