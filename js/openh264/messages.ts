// What an encoder and the worker that does its work tell each other over a port. `id` is the encoder's.

/** To the worker. Frames are transferred. */
export type Task =
  | { id: number; configure: VideoEncoderConfig }
  | { id: number; encode: VideoFrame; key: boolean }
  | { id: number; flush: true }
  | { id: number; close: true };

/** From the worker. */
export type News =
  /** The module is loaded, or why it is not: the first that is told, without an `id`. */
  | { ready: true; failed?: string }
  /** A frame is done with; without a chunk if the rate control left it out. */
  | { id: number; done: Encoded | undefined }
  | { id: number; flushed: true }
  | { id: number; failed: string; name: string };

/** A chunk's parts, and what decodes it where that is new. */
export interface Encoded {
  chunk: EncodedVideoChunkInit & { data: ArrayBuffer };
  config: VideoDecoderConfig | undefined;
}
