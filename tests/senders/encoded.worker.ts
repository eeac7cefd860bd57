// Copies each encoded frame and passes it on. Posts what it has when it is asked.

interface Copy {
  rtp: number;
  /** When its last packet came, in microseconds of the page's time since the epoch. */
  receive_us: number | null;
  data: ArrayBuffer;
}

const copies: Copy[] = [];

self.onrtctransform = async ({ transformer }: RTCTransformEvent) => {
  const writer = transformer.writable.getWriter();
  for await (const frame of transformer.readable as ReadableStream<RTCEncodedVideoFrame>) {
    const { rtpTimestamp, receiveTime } = frame.getMetadata() as { rtpTimestamp?: number; receiveTime?: number };
    copies.push({
      rtp: rtpTimestamp ?? frame.timestamp,
      receive_us: receiveTime === undefined ? null : Math.round((performance.timeOrigin + receiveTime) * 1000),
      data: frame.data.slice(0),
    });
    await writer.write(frame);
  }
};

self.onmessage = () => self.postMessage(copies);
