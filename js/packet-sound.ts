import { MAX_WAITING, OPUS } from './sound.js';
import type { TapEnded, TapRequest, TapSubscribed, TappedFrame } from './tap-messages.js';

/** What is read of an `AudioData`, with its packet, that one's RTP timestamp, and when it came, in milliseconds of the worker's clock. */
export interface PacketSound {
  rtp: number;
  arrived: number;
  /** Its bytes; none while the page has disabled the track. */
  packet: Uint8Array;
  numberOfChannels: number;
  numberOfFrames: number;
  sampleRate: number;
  timestamp: number;
  copyTo(to: AllowSharedBufferSource, options: AudioDataCopyToOptions): void;
  close(): void;
}

/** How many decoders in a row may fail. */
const MOST_FAILURES = 5;

/** Opus decodes to this many samples a second, and to two channels whatever was sent (RFC 7587, § 4.1, 7). */
const CONFIG = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 } as const;

/**
 * The sound of a tapped track, decoded here.
 *
 * @param line - gives the ports of the tap
 * @param isMuted - whether the page has disabled the track, which packets don't show
 * @param onLost - called once, when no more can be decoded: the tap has ended, or its packets are not of Opus, or encrypted
 */
export function packetSound(
  line: MessagePort,
  isMuted: () => boolean,
  onLost: () => void,
): ReadableStream<PacketSound> {
  let decoder: AudioDecoder | undefined;
  let port: MessagePort | undefined;
  /** The packets that are being decoded, in their order. */
  const decoding: { rtp: number; arrived: number; packet: Uint8Array }[] = [];
  const start = (controller: ReadableStreamDefaultController<PacketSound>) => {
    let failures = 0;
    let isLost = false;
    const lose = () => {
      if (!isLost) onLost();
      isLost = true;
    };
    const output = (data: AudioData) => {
      failures = 0;
      const packet = decoding.shift();
      if (!packet || controller.desiredSize! <= 0) return data.close();
      const { numberOfChannels, numberOfFrames, sampleRate, timestamp } = data;
      const copyTo: PacketSound['copyTo'] = (to, options) =>
        isMuted() ? (to as Float32Array).fill(0) : data.copyTo(to, options);
      if (isMuted()) packet.packet = packet.packet.subarray(0, 0);
      controller.enqueue({
        ...packet,
        ...{ numberOfChannels, numberOfFrames, sampleRate, timestamp },
        ...{ copyTo, close: () => data.close() },
      });
    };
    // What can't be decoded is a hole. Where nothing can be, there is no sound.
    const open = () => {
      decoding.length = 0;
      if (++failures > MOST_FAILURES) return lose();
      decoder = new AudioDecoder({ output, error: open });
      decoder.configure(CONFIG);
    };
    open();
    const take = ({ data: message }: MessageEvent<TappedFrame | TapEnded>) => {
      if ('ended' in message || isLost || decoder?.state !== 'configured') return;
      const { data, rtp, received, mimeType } = message;
      if (mimeType && !OPUS.test(mimeType)) return lose();
      decoding.push({ rtp, arrived: received - performance.timeOrigin, packet: new Uint8Array(data) });
      decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: 0, data }));
    };
    line.onmessage = ({ data: message }: MessageEvent<TapSubscribed | TapEnded>) => {
      port?.close();
      if ('ended' in message) return lose();
      port = message.subscribed;
      port.onmessage = take;
    };
  };
  const cancel = () => {
    port?.postMessage({ end: true } satisfies TapRequest);
    port?.close();
    line.close();
    if (decoder && decoder.state !== 'closed') decoder.close();
  };
  return new ReadableStream({ start, cancel }, { highWaterMark: MAX_WAITING });
}
