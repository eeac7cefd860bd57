import type { TapBegun, TapCommand, TapEnded, TapFacts, TapSubscribed } from './tap-messages.js';
import { taps, type Tapped, type TapState } from './taps.js';
import { whenReleased } from './worker-life.js';

/** How long a frame that was decoded may be on its way from the worker, in milliseconds. */
const UNDER_WAY_MS = 300;

/** How long a worker may take to answer, in milliseconds. */
const PATIENCE_MS = 1000;

const NONE: TapFacts = { frames: 0, mimeType: '', hasKey: false };

/** The page's end of a tap: it speaks to a worker that copies the frames of one receiver. @internal */
export class TapLink implements Tapped {
  readonly receiver: RTCRtpReceiver;
  readonly kind: string;
  #control = new MessageChannel().port1;
  /** What the worker, or one before it, has reported of frames. */
  #known = NONE;
  /** Who waits for facts. */
  readonly #asking = new Set<(facts: TapFacts) => void>();
  /** The page's ends of lines, by the number of their subscription. */
  readonly #lines = new Map<number, MessagePort>();
  #lastId = 0;

  constructor(receiver: RTCRtpReceiver) {
    this.receiver = receiver;
    this.kind = receiver.track.kind;
    // In Chromium a transform does not end with its connection.
    receiver.track.addEventListener('ended', () => this.release());
  }

  /** Makes a port for a worker: the first, or one that takes the place of the one before. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#send({ end: true });
    this.#control.close();
    this.#control = port1;
    port1.onmessage = ({ data }: MessageEvent<TapBegun | TapFacts | TapEnded>) => {
      if ('ended' in data) return this.end();
      if ('lock' in data) return whenReleased(data.lock, () => port1 === this.#control && this.end());
      if (data.frames > 0) this.#known = data;
      this.#answer(data);
    };
    if (this.#asking.size > 0) this.#send({ facts: true });
    for (const id of this.#lines.keys()) this.#renew(id);
    return port2;
  }

  /** Ends the tap, after its worker has informed all subscribers. */
  release(): void {
    this.#send({ end: true });
  }

  /** The tap has ended. */
  end(): void {
    this.forget();
  }

  /** No frames are to be had any more. */
  forget(): void {
    if (this.#isKnown) taps().delete(this.receiver.track);
    this.#answer(NONE);
    for (const line of this.#lines.values()) line.postMessage({ ended: true } satisfies TapEnded);
    this.#lines.clear();
  }

  subscribe(): MessagePort {
    return this.#subscribe(++this.#lastId);
  }

  line(): { port: MessagePort; stop(): void } {
    const { port1, port2: port } = new MessageChannel();
    const id = ++this.#lastId;
    this.#lines.set(id, port1);
    this.#renew(id);
    if (!this.#isKnown) port1.postMessage({ ended: true } satisfies TapEnded);
    const stop = () => {
      this.#send({ unsubscribe: id });
      this.#lines.delete(id);
      port1.close();
    };
    return { port, stop };
  }

  facts(): Promise<TapFacts> {
    return new Promise((resolve) => {
      this.#asking.add(resolve);
      if (!this.#isKnown) return this.#answer(NONE);
      this.#send({ facts: true });
      setTimeout(() => this.#asking.delete(resolve) && resolve(this.#known), PATIENCE_MS);
    });
  }

  async state(): Promise<TapState> {
    const isFlowing = async () => (await this.facts()).frames > 0 || this.#known.frames > 0;
    if (await isFlowing()) return 'flowing';
    const stats: Iterable<RTCInboundRtpStreamStats> = (await this.receiver.getStats()).values();
    const isReceived = [...stats].some(
      ({ type, framesDecoded, packetsReceived }) =>
        type === 'inbound-rtp' && ((this.kind === 'video' ? framesDecoded : packetsReceived) ?? 0) > 0,
    );
    if (!isReceived) return 'waiting';
    await new Promise((resolve) => setTimeout(resolve, UNDER_WAY_MS));
    return (await isFlowing()) ? 'flowing' : 'too-late';
  }

  get #isKnown(): boolean {
    return taps().get(this.receiver.track) === this;
  }

  #subscribe(id: number): MessagePort {
    const { port1, port2: port } = new MessageChannel();
    this.#send({ subscribe: id, port }, [port]);
    return port1;
  }

  #renew(id: number): void {
    const subscribed = this.#subscribe(id);
    this.#lines.get(id)?.postMessage({ subscribed } satisfies TapSubscribed, [subscribed]);
  }

  #send(command: TapCommand, transfer: Transferable[] = []): void {
    this.#control.postMessage(command, transfer);
  }

  #answer(facts: TapFacts): void {
    for (const resolve of this.#asking) resolve(facts);
    this.#asking.clear();
  }
}
