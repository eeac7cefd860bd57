import type { TapCommand, TapEnded, TapFacts, TapRequest, TappedFrame } from './tap-messages.js';

/** A frame or a packet, as a transform has it. @internal */
export type Frame = RTCEncodedVideoFrame | RTCEncodedAudioFrame;

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

/** Copies the frames of one receiver for whoever has subscribed. A person watches what passes: it does nothing else, and throws nothing. */
export class FrameCopies {
  readonly #control: MessagePort;
  readonly #requestKeyFrame: () => Promise<unknown>;
  readonly #subscribers = new Map<number, MessagePort>();
  readonly #facts: TapFacts = { frames: 0, mimeType: '', hasKey: false };

  /**
   * @param control - the page's commands come from it
   * @param requestKeyFrame - asks the sender for a key frame
   */
  constructor(control: MessagePort, requestKeyFrame: () => Promise<unknown>) {
    this.#control = control;
    this.#requestKeyFrame = requestKeyFrame;
    control.onmessage = ({ data }: MessageEvent<TapCommand>) => {
      if ('subscribe' in data) this.#subscribe(data.subscribe, data.port);
      else if ('unsubscribe' in data) this.#unsubscribe(data.unsubscribe);
      else if ('end' in data) this.end();
      else control.postMessage(this.#facts);
    };
  }

  /** Copies a frame that is about to be passed on: its data are gone afterwards. */
  copy(frame: Frame): void {
    try {
      const about = this.#observe(frame);
      for (const port of this.#subscribers.values()) {
        const message: TappedFrame = { data: frame.data.slice(0), ...about };
        port.postMessage(message, [message.data]);
      }
      if (this.#facts.frames === 1) this.#control.postMessage(this.#facts);
    } catch {
      // Whoever watches gets it all the same.
    }
  }

  /** No more frames come. */
  end(): void {
    for (const [id, port] of this.#subscribers) {
      port.postMessage({ ended: true } satisfies TapEnded);
      this.#unsubscribe(id);
    }
    this.#control.postMessage({ ended: true } satisfies TapEnded);
  }

  #subscribe(id: number, port: MessagePort): void {
    this.#subscribers.set(id, port);
    port.onmessage = ({ data }: MessageEvent<TapRequest>) => {
      if ('end' in data) this.#unsubscribe(id);
      // It rejects for sound, and after the end.
      else this.#requestKeyFrame().catch(() => {});
    };
    // Newer than some browsers: its worker was lost.
    port.addEventListener('close', () => this.#unsubscribe(id));
  }

  #unsubscribe(id: number): void {
    this.#subscribers.get(id)?.close();
    this.#subscribers.delete(id);
  }

  #observe(frame: Frame): Omit<TappedFrame, 'data'> {
    const metadata: Metadata = frame.getMetadata();
    const { receiveTime = performance.now(), mimeType = '', spatialIndex, temporalIndex } = metadata;
    const { width, height, sequenceNumber } = metadata;
    const type = 'type' in frame && frame.type !== 'empty' ? frame.type : undefined;
    const facts = this.#facts;
    facts.frames++;
    facts.mimeType = mimeType || facts.mimeType;
    facts.hasKey ||= type === 'key';
    return {
      type,
      rtp: metadata.rtpTimestamp ?? frame.timestamp,
      ssrc: metadata.synchronizationSource ?? 0,
      received: performance.timeOrigin + receiveTime,
      mimeType,
      ...{ spatialIndex, temporalIndex, width, height, sequenceNumber },
    };
  }
}
