import { hasProcessor } from './capture.js';
import { errorOf, nameOf } from './errors.js';
import { launch } from './launch.js';
import { locationOf } from './locate.js';
import { startRecordingWorker } from './port.js';
import type { TapBegin, TapCommand, TapEnded, TapFacts, TapOptions, TapSubscribed } from './tap-messages.js';
import { taps, type Tapped, type TapState } from './taps.js';

/** How many workers may fail before frames are only passed on. */
const MAX_FAILURES = 3;

/** A worker that only passes frames on, where the file of the other can't be loaded. */
const PASS_ON = 'onrtctransform = ({ transformer: t }) => t.readable.pipeTo(t.writable)';

/** How long a frame that was decoded may be on its way from the tap worker, in milliseconds. */
const UNDER_WAY_MS = 300;

/**
 * Gives recorders the encoded frames and the sound that a connection receives, as they are.
 *
 * Call it before the connection receives, or in its first `track` listener at the latest: Chromium gives frames to no later tap. Each
 * track that the connection receives later is tapped as well. A {@link Recorder} of such a track finds the tap by itself. It does not find that of
 * a clone.
 *
 * A worker of its own copies each frame and passes it on. It adds no delay, and it is replaced if it fails. A receiver that has a `transform`
 * already, as for end-to-end encryption, is left alone. Where the browser has no `RTCRtpScriptTransform`, nothing happens.
 *
 * ```ts
 * const connection = new RTCPeerConnection();
 * tap(connection);
 * ```
 *
 * @param source - a connection, or one receiver of it. Twice the same does no harm
 * @throws SourceError `invalid-source` if it is neither
 */
export function tap(source: RTCPeerConnection | RTCRtpReceiver): void {
  const isObject = typeof source === 'object' && source !== null;
  const isConnection = isObject && 'getReceivers' in source;
  if (!isConnection && !(isObject && 'getSynchronizationSources' in source)) {
    throw errorOf('invalid-source', `tap() takes an RTCPeerConnection or an RTCRtpReceiver, not ${nameOf(source)}`);
  }
  if (typeof RTCRtpScriptTransform === 'undefined') return;
  // So that it is loaded when the first frame comes.
  worker ??= startWorker();
  if (!isConnection) return attach(source);
  source.getReceivers().forEach(attach);
  if (connections.has(source)) return;
  connections.add(source);
  source.addEventListener('track', ({ receiver }) => attach(receiver));
}

const connections = new WeakSet<RTCPeerConnection>();
/** The taps whose receivers still receive. */
const attached = new Set<Tap>();
let worker: Worker | undefined;
let failures = 0;

function attach(receiver: RTCRtpReceiver): void {
  for (const one of attached) if (one.receiver.track.readyState === 'ended') one.release();
  if (receiver.transform || receiver.track.readyState === 'ended') return;
  const one = new Tap(receiver);
  attached.add(one);
  if (failures < MAX_FAILURES) taps().set(receiver.track, one);
  one.attach();
}

class Tap implements Tapped {
  readonly receiver: RTCRtpReceiver;
  readonly kind: string;
  #control = new MessageChannel().port1;
  #hasFlowed = false;
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

  /** Sets the receiver's transform: the first, or that of a new worker. */
  attach(): void {
    worker ??= startWorker();
    // What can't be done is not done to what a person watches.
    if (!worker) return this.detach();
    const { port1, port2 } = new MessageChannel();
    this.#control.close();
    this.#control = port1;
    port1.onmessage = ({ data }: MessageEvent<TapFacts | TapEnded>) => {
      if ('ended' in data) return this.end();
      this.#hasFlowed ||= data.frames > 0;
      this.#answer(data);
    };
    try {
      const options: TapOptions = { control: port2 };
      this.receiver.transform = new RTCRtpScriptTransform(worker, options, [port2]);
    } catch {
      // The connection was closed.
      return this.end();
    }
    if (failures >= MAX_FAILURES) return this.#forget();
    if (this.#asking.size > 0) this.#tell({ facts: true });
    for (const id of this.#lines.keys()) this.#renew(id);
  }

  /** There is no worker to pass frames on. Chromium's video stops without a transform, that of others goes on. */
  detach(): void {
    this.#forget();
    if (!hasProcessor()) this.receiver.transform = null;
  }

  /** Ends the tap, after its worker has told whoever has subscribed. */
  release(): void {
    this.#tell({ end: true });
  }

  /** The tap has ended. */
  end(): void {
    this.#forget();
    attached.delete(this);
    if (attached.size > 0) return;
    worker?.terminate();
    worker = undefined;
  }

  subscribe(): MessagePort {
    return this.#subscribe(++this.#lastId);
  }

  line(): { port: MessagePort; stop(): void } {
    const { port1, port2: port } = new MessageChannel();
    const id = ++this.#lastId;
    this.#lines.set(id, port1);
    this.#renew(id);
    if (taps().get(this.receiver.track) !== this) port1.postMessage({ ended: true } satisfies TapEnded);
    const stop = () => {
      this.#tell({ unsubscribe: id });
      this.#lines.delete(id);
      port1.close();
    };
    return { port, stop };
  }

  facts(): Promise<TapFacts> {
    return new Promise((resolve) => {
      this.#asking.add(resolve);
      if (taps().get(this.receiver.track) === this) this.#tell({ facts: true });
      else this.#answer({ frames: 0, mimeType: '', hasKey: false });
    });
  }

  async state(): Promise<TapState> {
    const isFlowing = async () => (await this.facts()).frames > 0 || this.#hasFlowed;
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

  #subscribe(id: number): MessagePort {
    const { port1, port2: port } = new MessageChannel();
    this.#tell({ subscribe: id, port }, [port]);
    return port1;
  }

  #renew(id: number): void {
    const subscribed = this.#subscribe(id);
    this.#lines.get(id)?.postMessage({ subscribed } satisfies TapSubscribed, [subscribed]);
  }

  #tell(command: TapCommand, transfer: Transferable[] = []): void {
    this.#control.postMessage(command, transfer);
  }

  #answer(facts: TapFacts): void {
    for (const resolve of this.#asking) resolve(facts);
    this.#asking.clear();
  }

  /** No frames are to be had any more. */
  #forget(): void {
    if (taps().get(this.receiver.track) === this) taps().delete(this.receiver.track);
    this.#answer({ frames: 0, mimeType: '', hasKey: false });
    for (const line of this.#lines.values()) line.postMessage({ ended: true } satisfies TapEnded);
    this.#lines.clear();
  }
}

/**
 * Starts the worker of all taps. If that has failed too often, one that only passes frames on: made of a text, or else the recording worker,
 * which a strict policy lets the page have. None if there is none left.
 */
function startWorker(): Worker | undefined {
  for (; failures < MAX_FAILURES + 2; failures++) {
    try {
      const starting = [startInlined, startRecordingWorker][failures - MAX_FAILURES];
      const { worker: started } = launch(starting ?? startBeside);
      watch(started);
      return started;
    } catch {
      // Of another origin, or not trusted, which it will be the next time as well.
      failures = Math.max(failures, MAX_FAILURES - 1);
    }
  }
  return undefined;
}

/** Written out, as the recording worker is: bundlers look for it. */
function startBeside(): Worker {
  const at = locationOf('tapWorker');
  if (at) return new Worker(at, { type: 'module', name: 'trackreel-tap' });
  return new Worker(new URL('./tap-worker.js', import.meta.url), { type: 'module', name: 'trackreel-tap' });
}

function startInlined(): Worker {
  return new Worker(URL.createObjectURL(new Blob([PASS_ON], { type: 'text/javascript' })), { name: 'trackreel-tap' });
}

/** Has a worker replaced that fails, or that ends without a message, as when the browser ends it: its lock is then released. */
function watch(started: Worker): void {
  const replace = () => {
    if (started !== worker) return;
    started.terminate();
    worker = undefined;
    failures++;
    for (const one of attached) one.attach();
  };
  started.onerror = (event) => {
    event.preventDefault();
    // A file that can't be loaded will not be the next time.
    if (!('message' in event && event.message)) failures = Math.max(failures, MAX_FAILURES - 1);
    replace();
  };
  if (failures >= MAX_FAILURES) return;
  const lock = `trackreel-tap:${crypto.randomUUID?.()}`;
  started.onmessage = () => void navigator.locks.request(lock, () => {}).then(replace, () => {});
  started.postMessage({ lock } satisfies TapBegin);
}
