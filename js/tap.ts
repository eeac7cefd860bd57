import { errorOf, nameOf } from './errors.js';
import { launch } from './launch.js';
import { locationOf } from './locate.js';
import type { TapCall, TapFacts, TapOptions } from './tap-messages.js';

/**
 * Has what a connection receives be recorded as it is received, without an encode, where that is possible.
 *
 * Call it before the connection's tracks come, or in the `track` event: Chromium gives no frames later. {@link Recorder} finds the tap by its
 * track. What is received is passed on at once, in a worker of its own. A receiver that has a transform already, as for end-to-end
 * encryption, is left alone, and so is all in a browser that has no such transforms.
 *
 * ```ts
 * const connection = new RTCPeerConnection();
 * tap(connection);
 * ```
 *
 * @param source - a connection, or one of its receivers
 * @throws SourceError `invalid-source` if it is neither
 * @see https://www.w3.org/TR/webrtc-encoded-transform/
 */
export function tap(source: RTCPeerConnection | RTCRtpReceiver): void {
  const isObject = typeof source === 'object' && source !== null;
  if (isObject && 'getReceivers' in source && 'addEventListener' in source) return tapConnection(source);
  if (isObject && 'track' in source && 'getStats' in source) return tapReceiver(source);
  throw errorOf('invalid-source', `tap() takes a connection or a receiver, not ${nameOf(source)}`);
}

/** A tapped receiver. @internal */
export interface Tapped {
  readonly receiver: RTCRtpReceiver;
  /** Frames from now on, as `TapMessage`s. What they are asked for is a `TapRequest`. */
  subscribe(): MessagePort;
  /** What is known of it. */
  facts(): Promise<TapFacts>;
  /** Calls this when those who have subscribed get no more. Gives a way to end that. */
  watch(onLost: () => void): () => void;
}

/** The tap of a track; none of a track that is not tapped, or of a clone. @internal */
export function tappedOf(track: MediaStreamTrack): Tapped | undefined {
  return taps().get(track);
}

/**
 * Whether frames come: `too-late` if they do and the tap gets none, `waiting` if none has come yet.
 *
 * @internal
 */
export async function tapState(tapped: Tapped): Promise<'flowing' | 'waiting' | 'too-late'> {
  if ((await tapped.facts()).frames > 0) return 'flowing';
  let received = 0;
  for (const stats of (await tapped.receiver.getStats()).values()) {
    if (stats.type === 'inbound-rtp') received += (stats.framesReceived ?? stats.packetsReceived ?? 0) as number;
  }
  // One that came first may have come meanwhile.
  return received > 0 && (await tapped.facts()).frames === 0 ? 'too-late' : 'waiting';
}

/** Of all copies of this module in a page. */
const REGISTRY = Symbol.for('trackreel.taps');

/** How long a worker may take to tell what it knows, in milliseconds. One that is lost never does. */
const ANSWER_MS = 1000;

/** What passes on what comes, and no more, where the worker's file can't be loaded. */
const PASS_ON = 'onrtctransform=({transformer:{readable,writable}})=>readable.pipeTo(writable)';

type Taps = WeakMap<MediaStreamTrack, Tapped>;

function taps(): Taps {
  const page = globalThis as { [REGISTRY]?: Taps };
  return (page[REGISTRY] ??= new WeakMap());
}

function tapConnection(connection: RTCPeerConnection): void {
  connection.getReceivers().forEach(tapReceiver);
  if (connection.signalingState === 'closed' || listening.has(connection)) return;
  listening.add(connection);
  connection.addEventListener('track', ({ receiver }) => tapReceiver(receiver));
  if (canTap()) startWorker();
}

const listening = new WeakSet<RTCPeerConnection>();

function canTap(): boolean {
  return typeof RTCRtpScriptTransform !== 'undefined';
}

function tapReceiver(receiver: RTCRtpReceiver): void {
  if (!canTap() || receiver.transform || receiver.track.readyState === 'ended') return;
  const number = ++receivers;
  const attach = () => {
    receiver.transform = new RTCRtpScriptTransform(startWorker(), { receiver: number } satisfies TapOptions);
  };
  attach();
  attached.set(number, { receiver: new WeakRef(receiver), attach });
  const call = (of: TapCall, port: MessagePort) => worker?.postMessage(of, [port]);
  taps().set(receiver.track, {
    receiver,
    subscribe() {
      const { port1, port2 } = new MessageChannel();
      call({ receiver: number, subscribe: port1 }, port1);
      return port2;
    },
    watch(onLost) {
      watching.add(onLost);
      return () => void watching.delete(onLost);
    },
    facts() {
      const { port1, port2 } = new MessageChannel();
      call({ receiver: number, facts: port1 }, port1);
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve({ frames: 0, mimeType: undefined }), ANSWER_MS);
        port2.onmessage = ({ data }: MessageEvent<TapFacts>) => {
          clearTimeout(timer);
          port2.close();
          resolve(data);
        };
      });
    },
  });
}

/** How many receivers were tapped, and what gives each another transform, for as long as it is there. */
let receivers = 0;
const attached = new Map<number, { receiver: WeakRef<RTCRtpReceiver>; attach: () => void }>();

/** Who is told that the worker was lost. */
const watching = new Set<() => void>();

/** The worker of all taps of this page. */
let worker: Worker | undefined;
let hasFailed = false;

function startWorker(): Worker {
  if (worker) return worker;
  const started = hasFailed ? startPlain() : start();
  worker = started;
  const lose = () => {
    if (worker === started) replaceWorker();
  };
  started.addEventListener('error', (event) => {
    event.preventDefault();
    // One that could not be loaded would not be the next time.
    hasFailed = true;
    lose();
  });
  watch(started, lose);
  return started;
}

function start(): Worker {
  const at = locationOf('tapWorker');
  return launch(() =>
    at
      ? new Worker(at, { type: 'module', name: 'trackreel-tap' })
      : new Worker(new URL('./tap-worker.js', import.meta.url), { type: 'module', name: 'trackreel-tap' }),
  ).worker;
}

function startPlain(): Worker {
  return new Worker(URL.createObjectURL(new Blob([PASS_ON], { type: 'text/javascript' })));
}

/** Notices a worker that ends without a message: it then releases the lock that it holds. */
function watch(started: Worker, onEnded: () => void): void {
  if (hasFailed) return;
  const lock = `trackreel-tap:${Math.random().toString(36).slice(2)}`;
  started.postMessage({ lock });
  // Its own request comes first: it is sent when the worker has the message, which the answer shows.
  started.addEventListener('message', () => void navigator.locks?.request(lock, onEnded), { once: true });
}

/** The picture goes on: every receiver gets a transform of another worker. */
function replaceWorker(): void {
  worker?.terminate();
  worker = undefined;
  for (const [number, { receiver, attach }] of attached) {
    const track = receiver.deref()?.track;
    if (!track || track.readyState === 'ended') attached.delete(number);
    else attach();
  }
  for (const onLost of watching) onLost();
}
