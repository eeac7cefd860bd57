// What is transferred to a worker, which reads frames and sound from it.

/** What a worker makes a stream of frames from; it is transferred to it. @internal */
export type FrameSource = ReadableStream<VideoFrame> | MediaStreamTrack | MessagePort | TapSource;

/** The line of a tap, by which a worker gets encoded frames. @internal */
export interface TapSource {
  tap: MessagePort;
  /** Whether the worker decodes them: else they are kept as they are. */
  decodes: boolean;
  /**
   * Their pictures, if static ones are to be found among those that are kept: as the browser shows them, or another line of the tap, whose
   * frames the worker decodes.
   */
  pictures?: ReadableStream<VideoFrame> | MessagePort | undefined;
}

/** What a worker reads sound from; it is transferred to it. @internal */
export type SoundSource = ReadableStream<AudioData> | MessagePort | TapSource;

/** What of a source is transferred. @internal */
export function transfersOf(source: FrameSource | ReadableStream<AudioData>): Transferable[] {
  if (!('tap' in source)) return [source as Transferable];
  return source.pictures ? [source.tap, source.pictures] : [source.tap];
}
