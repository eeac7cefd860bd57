/// <reference path="./encoded-transform.d.ts" />
import type { TapCall, TapFacts, TapOptions, TapRequest, TappedFrame } from './tap-messages.js';

/** A receiver: what is known of it, and who wants its frames. */
interface Tapped extends TapFacts {
  subscribers: Set<MessagePort>;
  transformer: RTCRtpScriptTransformer | undefined;
}

/** The part of a worker's scope that TypeScript's libraries lack. */
interface TransformingScope {
  onrtctransform(event: { transformer: RTCRtpScriptTransformer }): void;
}

/** A page notices by it that the worker has ended: nothing else reports that. */
self.addEventListener('message', ({ data }: MessageEvent<{ lock?: string }>) => {
  if (!data.lock) return;
  void navigator.locks?.request(data.lock, () => {
    self.postMessage(null);
    return new Promise(() => {});
  });
});

const receivers = new Map<number, Tapped>();

function tapped(number: number): Tapped {
  let found = receivers.get(number);
  if (!found)
    receivers.set(number, (found = { frames: 0, mimeType: undefined, subscribers: new Set(), transformer: undefined }));
  return found;
}

self.onmessage = ({ data }: MessageEvent<TapCall | { lock: string }>) => {
  if ('lock' in data) return;
  const receiver = tapped(data.receiver);
  if ('facts' in data) {
    const { frames, mimeType } = receiver;
    data.facts.postMessage({ frames, mimeType } satisfies TapFacts);
    return data.facts.close();
  }
  const port = data.subscribe;
  receiver.subscribers.add(port);
  port.onmessage = ({ data: request }: MessageEvent<TapRequest>) => {
    if ('key' in request) return void receiver.transformer?.sendKeyFrameRequest?.().catch(() => {});
    receiver.subscribers.delete(port);
    port.close();
  };
};

(self as unknown as TransformingScope).onrtctransform = ({ transformer }) => void pass(transformer);

/** Passes on what comes, at once, and gives copies to who wants them. */
async function pass(transformer: RTCRtpScriptTransformer): Promise<void> {
  const receiver = tapped((transformer.options as TapOptions).receiver);
  receiver.transformer = transformer;
  const reader = transformer.readable.getReader();
  const writer = transformer.writable.getWriter();
  // A receiver that is gone takes none.
  writer.closed.catch(() => {});
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    const metadata = frame.getMetadata();
    // What is passed on has no bytes any more.
    const message = receiver.subscribers.size > 0 ? copyOf(frame, metadata) : undefined;
    writer.write(frame).catch(() => {});
    receiver.frames++;
    receiver.mimeType = metadata.mimeType ?? receiver.mimeType;
    if (message) send(message, [...receiver.subscribers]);
  }
}

function copyOf(frame: RTCEncodedFrame, metadata: RTCEncodedFrameMetadata): TappedFrame {
  const { mimeType = '', receiveTime, rtpTimestamp, synchronizationSource: ssrc = 0 } = metadata;
  return {
    data: frame.data.slice(0),
    type: frame.type === 'key' || frame.type === 'delta' ? frame.type : undefined,
    rtp: rtpTimestamp ?? frame.timestamp ?? 0,
    ssrc,
    received: performance.timeOrigin + (receiveTime ?? performance.now()),
    mimeType,
  };
}

/** The last of several gets the bytes themselves. */
function send(message: TappedFrame, ports: MessagePort[]): void {
  for (const port of ports.slice(1)) port.postMessage(message);
  ports[0]!.postMessage(message, [message.data]);
}
