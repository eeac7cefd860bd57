/** What TypeScript's libraries lack of https://www.w3.org/TR/webrtc-encoded-transform/. */
interface RTCEncodedFrameMetadata {
  mimeType?: string;
  receiveTime?: number;
  rtpTimestamp?: number;
  synchronizationSource?: number;
}

/** A frame, or a packet of sound, which has no type. */
interface RTCEncodedFrame {
  readonly type?: 'key' | 'delta' | 'empty';
  readonly timestamp?: number;
  data: ArrayBuffer;
  getMetadata(): RTCEncodedFrameMetadata;
}

interface RTCRtpScriptTransformer {
  readonly readable: ReadableStream<RTCEncodedFrame>;
  readonly writable: WritableStream<RTCEncodedFrame>;
  readonly options: unknown;
  sendKeyFrameRequest?(): Promise<unknown>;
}
