import { CONTENTS, type ContentName } from './contents.js';
import type { Sent } from './events.js';
import type { Picture } from './picture.js';

/** The codecs of the corpus, as WebCodecs calls what WebRTC sends. */
export const CODECS = { VP8: 'vp8', VP9: 'vp09.00.21.08', H264: 'avc1.42e01f', AV1: 'av01.0.04M.08' } as const;

/** The name of a codec. */
export type CodecName = keyof typeof CODECS;

/** The size of the pictures, in pixels, and the rate of a sender with a fair connection, in bits per second. */
export const WIDTH = 640;
export const HEIGHT = 360;
const BITRATE = 1_500_000;

/**
 * Draws and encodes the sent pictures, in real-time mode, as fast as the encoder and the receiver can.
 *
 * @param onChunk - gets each chunk as it comes
 * @param received - resolves when the receiver has dealt with what it has
 * @param wantsKey - whether the receiver has asked for a key frame, before each frame. With it, a frame is encoded after the receiver has
 * dealt with the one before
 */
export async function send(
  codec: CodecName,
  content: ContentName,
  frames: readonly Sent[],
  onChunk: (chunk: EncodedVideoChunk) => void,
  received: () => Promise<void>,
  wantsKey?: () => boolean,
): Promise<void> {
  let failure: unknown;
  const encoder = new VideoEncoder({ output: onChunk, error: (error) => (failure = error) });
  let configured = '';
  let last: { picture: number; drawn: Picture } | undefined;
  for (const { timestamp, picture, keyFrame, halfSize, lowBitrate } of frames) {
    const scale = halfSize ? 2 : 1;
    const config = {
      codec: CODECS[codec],
      width: WIDTH / scale,
      height: HEIGHT / scale,
      bitrate: BITRATE / (lowBitrate ? 4 : 1),
      framerate: 30,
      latencyMode: 'realtime',
      bitrateMode: 'constant',
      ...(codec === 'H264' && { avc: { format: 'annexb' as const } }),
    } as const;
    if (configured !== JSON.stringify(config)) encoder.configure(config);
    configured = JSON.stringify(config);
    if (last?.picture !== picture) last = { picture, drawn: CONTENTS[content](picture, WIDTH, HEIGHT) };
    const frame = (halfSize ? last.drawn.halved() : last.drawn).frame(timestamp);
    encoder.encode(frame, { keyFrame: wantsKey?.() || keyFrame });
    frame.close();
    if (wantsKey) await encoder.flush();
    while (encoder.encodeQueueSize > 4 && !failure) await new Promise((done) => (encoder.ondequeue = done));
    await received();
    if (failure) throw failure as Error;
  }
  await encoder.flush();
  encoder.close();
}
