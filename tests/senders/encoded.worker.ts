import type { Copy } from './capture.js';

// Copies each encoded frame and passes it on. Posts what it has when it is asked.

const copies: Copy[] = [];

/** https://www.w3.org/TR/webrtc-encoded-transform/ */
interface EncodedFrame {
  data: ArrayBuffer;
  getMetadata(): { rtpTimestamp: number; receiveTime?: number };
}

interface TransformEvent extends Event {
  transformer: { readable: ReadableStream<EncodedFrame>; writable: WritableStream<EncodedFrame> };
}

self.addEventListener('rtctransform', async (event) => {
  const { readable, writable } = (event as TransformEvent).transformer;
  const writer = writable.getWriter();
  for await (const frame of readable) {
    const { rtpTimestamp, receiveTime } = frame.getMetadata();
    copies.push({
      rtp: rtpTimestamp,
      receive_us: receiveTime === undefined ? null : Math.round((performance.timeOrigin + receiveTime) * 1000),
      data: frame.data.slice(0),
    });
    await writer.write(frame);
  }
});

self.onmessage = () => self.postMessage(copies);
