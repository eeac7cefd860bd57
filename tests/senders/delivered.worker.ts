import type { Delivered } from './plan.js';

// Notes each frame of a track as it is delivered. Posts the RTP timestamp of each, and all when the track has ended.

/** https://www.w3.org/TR/webcodecs-video-frame-metadata-registry/ */
interface WithMetadata {
  metadata(): { rtpTimestamp?: number; receiveTime?: number };
}

self.onmessage = async ({ data }: MessageEvent<ReadableStream<VideoFrame>>) => {
  const delivered: Delivered[] = [];
  let first: unknown;
  const reader = data.getReader();
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) break;
    const arrival_us = sinceEpoch(performance.now());
    const metadata = (frame as VideoFrame & WithMetadata).metadata();
    const { rtpTimestamp, receiveTime } = metadata;
    delivered.push({
      timestamp_us: frame.timestamp,
      rtp: rtpTimestamp ?? NaN,
      arrival_us,
      receive_us: receiveTime === undefined ? null : sinceEpoch(receiveTime),
    });
    first ??= metadata;
    frame.close();
    self.postMessage(rtpTimestamp);
  }
  self.postMessage({ delivered, metadata: first });
};

function sinceEpoch(ms: number): number {
  return Math.round((performance.timeOrigin + ms) * 1000);
}
