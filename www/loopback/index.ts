import type { Source } from '../sources/source.js';
import { audioContext } from '../audio-context.js';
import { Bells } from './bells.js';
import { connect, type ConnectionCodec } from './connection.js';
import { startSource, type SourceOptions } from './source.js';

export { canConnect, CODECS, type ConnectionCodec } from './connection.js';

/** The codec of the connection, the picture's size in pixels, and its rate in frames per second. */
export interface LoopbackOptions extends SourceOptions {
  codec: ConnectionCodec;
  /** Whether a bell rings each second that the scene's clock shows. */
  sound?: boolean;
  /** Whether the received tracks are tapped. */
  tap?: boolean;
}

/** A live WebRTC stream without a server: the page sends it to itself. */
export interface Loopback extends Source {
  readonly options: LoopbackOptions;
  readonly senderPaused: boolean;
  /** Repeats the same picture, at the same rate and with new timestamps, as a paused server does. */
  pauseSender(): void;
  resumeSender(): void;
}

/** Bits a pixel: generous, so that the codec changes the picture little. */
const BITS_PER_PIXEL = 0.15;

/** Connects, and resolves when the connection stands; the first frame may come later. */
export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const { codec, width, height, fps } = options;
  const bells = options.sound ? new Bells(audioContext()) : undefined;
  const source = startSource(options, (second) => bells?.ring(second));
  // Motion matters more than detail: else the browser treats the painted track as a shared screen.
  source.track.contentHint = 'motion';
  const bitrate = Math.max(1_000_000, Math.round(width * height * fps * BITS_PER_PIXEL));
  const connection = await connect(source.track, codec, bitrate, bells?.track, options.tap).catch((error: unknown) => {
    source.stop();
    bells?.stop();
    throw error;
  });
  let senderPaused = false;
  const freeze = (frozen: boolean) => {
    senderPaused = frozen;
    source.freeze(frozen);
  };
  return {
    stream: connection.stream,
    name: codecLabel(codec),
    options,
    get senderPaused() {
      return senderPaused;
    },
    pauseSender: () => freeze(true),
    resumeSender: () => freeze(false),
    close() {
      connection.close();
      source.stop();
      bells?.stop();
    },
  };
}

/** What people call a codec. */
export function codecLabel(codec: ConnectionCodec): string {
  return codec === 'H264' ? 'H.264' : codec;
}
