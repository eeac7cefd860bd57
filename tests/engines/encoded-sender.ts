import { tapPort } from 'trackreel';
import { copyTo } from 'trackreel/transform';
import { drawCounter } from '../../www/loopback/counter.js';
import type { Sender } from './sender.js';

const [WIDTH, HEIGHT, FPS] = [640, 360, 30];

/** Shortly before RTP timestamps wrap around to 0. */
const FIRST_RTP = 2 ** 32 - 90_000;

/** Constrained baseline, as WebRTC's, and its byte stream. */
const CONFIG: VideoEncoderConfig = {
  codec: 'avc1.42e01f',
  avc: { format: 'annexb' },
  width: WIDTH,
  height: HEIGHT,
  bitrate: 1_000_000,
  framerate: FPS,
  latencyMode: 'realtime',
};

/**
 * A received track of H.264, whose frames come from an encoder of the browser's: builds without H.264 for connections have that. It gives a
 * page no processor, so that what is received has to be decoded to be seen.
 */
export async function startEncodedSender(): Promise<Sender | undefined> {
  // WebKitGTK, which has none, crashes when it is asked for codecs first.
  if (typeof RTCPeerConnection === 'undefined') return undefined;
  const { supported } = await VideoEncoder.isConfigSupported(CONFIG);
  if (!supported) return undefined;
  delete (globalThis as { MediaStreamTrackProcessor?: unknown }).MediaStreamTrackProcessor;
  const connection = new RTCPeerConnection();
  const { receiver } = connection.addTransceiver('video', { direction: 'recvonly' });
  let [keyFrame, isFrozen, picture, sent] = [true, false, 0, 0];
  const copy = copyTo(tapPort(receiver), { sendKeyFrameRequest: async () => (keyFrame = true) });
  const output = (chunk: EncodedVideoChunk) => {
    const data = new ArrayBuffer(chunk.byteLength);
    chunk.copyTo(data);
    const rtpTimestamp = (FIRST_RTP + Math.round(chunk.timestamp * 0.09)) % 2 ** 32;
    const metadata = { rtpTimestamp, receiveTime: performance.now(), mimeType: 'video/H264' };
    const frame = { data, type: chunk.type, timestamp: rtpTimestamp, getMetadata: () => metadata };
    copy(frame);
  };
  const encoder = new VideoEncoder({ output, error: (error) => console.error(error) });
  encoder.configure(CONFIG);
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const ctx = canvas.getContext('2d', { alpha: false })!;
  const timer = setInterval(() => {
    if (!isFrozen) picture++;
    ctx.fillStyle = '#246';
    ctx.fillRect(0, 0, WIDTH, HEIGHT);
    ctx.fillStyle = '#c82';
    ctx.fillRect((picture * 7) % WIDTH, 40, 120, 120);
    drawCounter(ctx, picture, WIDTH, HEIGHT);
    const frame = new VideoFrame(canvas, { timestamp: Math.round((sent++ * 1e6) / FPS) });
    encoder.encode(frame, { keyFrame });
    keyFrame = false;
    frame.close();
  }, 1000 / FPS);
  return {
    kind: 'webrtc',
    track: receiver.track,
    freeze: (frozen) => (isFrozen = frozen),
    close() {
      clearInterval(timer);
      encoder.close();
      connection.close();
    },
  };
}
