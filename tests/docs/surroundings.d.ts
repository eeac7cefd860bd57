// What a listing may use, if a note above it names it.
declare module 'surroundings' {
  import type { types } from 'mediasoup-client';
  import type { PeerJSOption } from 'peerjs';
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
  /** What carries the messages of a call to the other side. */
  export const signalling: MessagePort;
  /** Where PeerJS finds its server. */
  export const peerServer: PeerJSOption;
  /** A transport of mediasoup's that receives, and what the server gave to consume a track with. */
  export const transport: types.Transport;
  export const params: types.ConsumerOptions;
  /** A worker that decrypts the frames of that connection. */
  export const worker: Worker;
  /** A connection to a server that reports when it pauses. */
  export const socket: WebSocket;
  /** Decrypts a frame in place. */
  export function decrypt(frame: RTCEncodedVideoFrame | RTCEncodedAudioFrame): Promise<void>;
  /** On which something is painted all the time. */
  export const canvas: HTMLCanvasElement;
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

/** The file that needs no modules of Node's. */
declare module 'simple-peer/simplepeer.min.js' {
  export { default } from 'simple-peer';
}
