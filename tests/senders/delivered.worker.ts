import type { Delivered } from './plan.js';

// Notes each frame of a track as it is delivered. Posts `first` with the first one, and all of them when the track has ended.

interface Metadata {
  rtpTimestamp?: number;
  receiveTime?: number;
}

self.onmessage = async ({ data }: MessageEvent<ReadableStream<VideoFrame>>) => {
  const delivered: Delivered[] = [];
  let metadata: unknown;
  const reader = data.getReader();
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) break;
    const arrival_us = sinceEpoch(performance.now());
    const { rtpTimestamp, receiveTime } = frame.metadata() as Metadata;
    delivered.push({
      timestamp_us: frame.timestamp,
      rtp: rtpTimestamp ?? NaN,
      arrival_us,
      receive_us: receiveTime === undefined ? null : sinceEpoch(receiveTime),
    });
    metadata ??= frame.metadata();
    frame.close();
    if (delivered.length === 1) self.postMessage('first');
  }
  self.postMessage({ delivered, metadata });
};

function sinceEpoch(ms: number): number {
  return Math.round((performance.timeOrigin + ms) * 1000);
}
