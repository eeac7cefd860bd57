import { canConnect, startLoopback, type ConnectionCodec } from '../../www/loopback/index.js';
import { startSource } from '../../www/loopback/source.js';

/** A live track whose every frame carries its number. */
export interface Sender {
  /** `canvas` where the engine's build has no peer connection. */
  readonly kind: 'webrtc' | 'canvas';
  readonly track: MediaStreamTrack;
  /** Whether to repeat the same picture. */
  freeze(frozen: boolean): void;
  close(): void;
}

const PICTURE = { width: 640, height: 360, fps: 30 };

/** Sends to the page itself, as far as the engine can; through a tap if that is wanted. */
export async function startSender(isTapped = false, codec: ConnectionCodec = 'VP8'): Promise<Sender> {
  if (canConnect(codec)) {
    const loopback = await startLoopback({ ...PICTURE, codec, tap: isTapped });
    return {
      kind: 'webrtc',
      track: loopback.stream.getVideoTracks()[0]!,
      freeze: (frozen) => (frozen ? loopback.pauseSender() : loopback.resumeSender()),
      close: () => loopback.close(),
    };
  }
  const source = startSource(PICTURE);
  return {
    kind: 'canvas',
    track: source.track,
    freeze: (frozen) => source.freeze(frozen),
    close: () => source.stop(),
  };
}
