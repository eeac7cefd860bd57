// What a listing may take for granted, when a note above it says so.
declare module 'surroundings' {
  import type { Recorder, Reel } from 'trackreel';

  /** A stream that is being received. */
  export const stream: MediaStream;
  /** Another one. */
  export const otherStream: MediaStream;
  /** A stream with sound alone. */
  export const microphone: MediaStream;
  /** One that has recorded the stream for a while, and still does. */
  export const recorder: Recorder;
  /** A recording that is on disk. */
  export const reel: Reel;
  /** A connection over which a video track will come. */
  export const peer: RTCPeerConnection;
  /** A worker that decrypts what comes over it. */
  export const worker: Worker;
  /** A connection to a server that reports when it pauses. */
  export const socket: WebSocket;
  export const button: HTMLButtonElement;
  export const saveButton: HTMLButtonElement;
  export const output: HTMLOutputElement;
  export const list: HTMLUListElement;
  /** Resolves when a while has passed. */
  export function later(): Promise<void>;
}

/** Not in TypeScript's own library yet. */
declare function showSaveFilePicker(options?: { suggestedName?: string }): Promise<FileSystemFileHandle>;

/** Neither is this. */
declare const trustedTypes: {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): { toString(): string; toJSON(): string } };
};
