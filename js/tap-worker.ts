/// <reference path="./rtc-transform.d.ts" />
// The worker of all taps of a page. A person watches what passes here: it copies, passes on, and does nothing else.
import type { TapBegin, TapCommand, TapEnded, TapFacts, TapOptions, TapRequest, TappedFrame } from './tap-messages.js';

type Frame = RTCEncodedVideoFrame | RTCEncodedAudioFrame;

/** The metadata of both kinds, some of it newer than TypeScript's word list. */
interface Metadata {
  rtpTimestamp?: number;
  synchronizationSource?: number;
  receiveTime?: number;
  mimeType?: string;
  spatialIndex?: number;
  temporalIndex?: number;
  width?: number;
  height?: number;
  sequenceNumber?: number;
}

globalThis.onrtctransform = ({ transformer }) => {
  const { control } = transformer.options as TapOptions;
  const subscribers = new Map<number, MessagePort>();
  const facts: TapFacts = { frames: 0, mimeType: '', hasKey: false };

  const unsubscribe = (id: number) => {
    subscribers.get(id)?.close();
    subscribers.delete(id);
  };
  const subscribe = (id: number, port: MessagePort) => {
    subscribers.set(id, port);
    port.onmessage = ({ data }: MessageEvent<TapRequest>) => {
      if ('end' in data) unsubscribe(id);
      // It rejects for sound, and after the end.
      else transformer.sendKeyFrameRequest().catch(() => {});
    };
    // Newer than some browsers: its worker was lost.
    port.addEventListener('close', () => unsubscribe(id));
  };
  control.onmessage = ({ data }: MessageEvent<TapCommand>) => {
    if ('subscribe' in data) subscribe(data.subscribe, data.port);
    else if ('unsubscribe' in data) unsubscribe(data.unsubscribe);
    else if ('end' in data) end();
    else control.postMessage(facts);
  };

  /** Makes the messages of a frame: its data are gone once it is passed on. */
  const copy = (frame: Frame): [MessagePort, TappedFrame][] => {
    const metadata: Metadata = frame.getMetadata();
    const { receiveTime = performance.now(), mimeType = '', spatialIndex, temporalIndex } = metadata;
    const { width, height, sequenceNumber } = metadata;
    const type = 'type' in frame && frame.type !== 'empty' ? frame.type : undefined;
    facts.frames++;
    facts.mimeType = mimeType || facts.mimeType;
    facts.hasKey ||= type === 'key';
    const about = {
      type,
      rtp: metadata.rtpTimestamp ?? frame.timestamp,
      ssrc: metadata.synchronizationSource ?? 0,
      received: performance.timeOrigin + receiveTime,
      mimeType,
      ...{ spatialIndex, temporalIndex, width, height, sequenceNumber },
    };
    return [...subscribers.values()].map((port) => [port, { data: frame.data.slice(0), ...about }]);
  };

  const pass = async () => {
    const reader = transformer.readable.getReader();
    const writer = transformer.writable.getWriter();
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      let copies: ReturnType<typeof copy> = [];
      try {
        copies = copy(frame);
      } catch {
        // Whoever watches gets it all the same.
      }
      writer.write(frame).catch(() => {});
      for (const [port, message] of copies) port.postMessage(message, [message.data]);
      if (facts.frames === 1) control.postMessage(facts);
    }
  };
  const end = () => {
    for (const [id, port] of subscribers) {
      port.postMessage({ ended: true } satisfies TapEnded);
      unsubscribe(id);
    }
    control.postMessage({ ended: true } satisfies TapEnded);
  };
  pass().then(end, end);
};

// A worker that the browser ends reports nothing, but its lock is released.
onmessage = ({ data: { lock } }: MessageEvent<TapBegin>) => {
  const hold = () => {
    postMessage(null);
    return new Promise<never>(() => {});
  };
  navigator.locks?.request(lock, hold).catch(() => {});
};
