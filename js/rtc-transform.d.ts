/**
 * What a worker has of an encoded transform, of which the window's types have nothing.
 *
 * @see https://www.w3.org/TR/webrtc-encoded-transform/#RTCRtpScriptTransformer-interface
 */
interface RTCRtpScriptTransformer {
  readonly readable: ReadableStream<RTCEncodedVideoFrame | RTCEncodedAudioFrame>;
  readonly writable: WritableStream<RTCEncodedVideoFrame | RTCEncodedAudioFrame>;
  readonly options: unknown;
  sendKeyFrameRequest(): Promise<unknown>;
}

declare var onrtctransform: ((event: Event & { readonly transformer: RTCRtpScriptTransformer }) => void) | null;
