/** What an encoder of each kind takes and gives. */
export interface Kinds {
  openH264: {
    config: VideoEncoderConfig;
    input: VideoFrame;
    chunk: EncodedVideoChunk;
    parts: EncodedVideoChunkInit & { data: ArrayBuffer };
    decoder: VideoDecoderConfig;
  };
  aac: {
    config: AudioEncoderConfig;
    input: AudioData;
    chunk: EncodedAudioChunk;
    parts: EncodedAudioChunkInit & { data: ArrayBuffer };
    decoder: AudioDecoderConfig;
  };
}

/** A module that stands in for an encoder of the browser's. */
export type Kind = keyof Kinds;

/** From an encoder to the worker that does its work, whose number is `id`. Inputs are transferred. */
export type Task<K extends Kind> =
  | { id: number; configure: Kinds[K]['config'] }
  | { id: number; encode: Kinds[K]['input']; key: boolean }
  | { id: number; flush: true }
  | { id: number; close: true };

/** From that worker, over the same port. */
export type StandInMessage<K extends Kind> =
  /** The module is loaded, or why it is not: the first message, without an `id`. */
  | { ready: true; failed?: string }
  /** How many inputs are done with, and what was encoded: OpenH264's rate control drops some, AAC has frames of 1024 samples. */
  | { id: number; done: number; encoded: Encoded<K> | undefined }
  | { id: number; flushed: true }
  | { id: number; failed: string; name: string };

/** A chunk's parts, and what decodes it where that is new. */
export interface Encoded<K extends Kind> {
  chunk: Kinds[K]['parts'];
  config: Kinds[K]['decoder'] | undefined;
}

/** From the recording worker to the page: start a worker of this kind, and give it this port. */
export interface StandInWanted {
  standIn: Kind;
  port: MessagePort;
}

/** From the page to that worker: the port to encode for, and where its module is, if not beside it. */
export interface StandInBegin {
  port: MessagePort;
  wasm: string | undefined;
}

/** From the page to the recording worker: the worker of this kind could not be loaded, or crashed, for this reason. */
export interface StandInLost {
  lost: Kind;
  reason: string;
}
