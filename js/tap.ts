import { hasProcessor } from './capture.js';
import { errorOf, nameOf } from './errors.js';
import { launch } from './launch.js';
import { locationOf } from './locate.js';
import { startRecordingWorker } from './port.js';
import { TapLink } from './tap-link.js';
import type { TapBegun, TapOptions } from './tap-messages.js';
import { tappedOf, taps } from './taps.js';
import { whenReleased } from './worker-life.js';

/** How many workers may fail before frames are only passed on. */
const MAX_FAILURES = 3;

/** A worker that only passes frames on, where the file of the other can't be loaded. */
const PASS_ON = 'onrtctransform = ({ transformer: t }) => t.readable.pipeTo(t.writable)';

/**
 * Gives recorders the encoded frames and the sound that a connection receives, as they are.
 *
 * Call it before the connection receives, or in its first `track` listener at the latest: Chromium gives frames to no later tap. Each
 * track that the connection receives later is tapped as well. A {@link Recorder} of such a track finds the tap by itself. It does not find that of
 * a clone.
 *
 * A worker of its own copies each frame and passes it on. It adds no delay, and it is replaced if it fails, up to three times. A receiver that has a `transform`
 * already, as for end-to-end encryption, is left alone: {@link tapPort} is for those. So is a connection with `encodedInsertableStreams`, whose
 * frames the page takes. Where the browser has no `RTCRtpScriptTransform`, nothing happens.
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
  const isConnection = typeof source === 'object' && source !== null && 'getReceivers' in source;
  if (!isConnection && !isReceiver(source)) {
    throw errorOf('invalid-source', `tap() takes an RTCPeerConnection or an RTCRtpReceiver, not ${nameOf(source)}`);
  }
  if (typeof RTCRtpScriptTransform === 'undefined' || (isConnection && givesStreams(source))) return;
  // So that it is loaded when the first frame comes.
  worker ??= startWorker();
  if (!isConnection) return attach(source);
  source.getReceivers().forEach(attach);
  if (connections.has(source)) return;
  connections.add(source);
  // It comes before the tracks: listeners for those may be older than this one, and start a recorder (WebRTC § 4.4.1.5).
  source.addEventListener('signalingstatechange', () => source.getReceivers().forEach(attach));
  source.addEventListener('track', ({ receiver }) => attach(receiver));
}

/**
 * Makes a port that gives recorders the frames of a receiver whose transform is the page's own, as for end-to-end encryption.
 *
 * Hand the port to the transform's worker, which gives it to `copyTo()` of `trackreel/transform`. A {@link Recorder} of the receiver's
 * track then finds the tap by itself. If the worker is lost, frames are encoded from then on, and a `source` event reports `tap-lost`.
 *
 * ```ts
 * const tap = tapPort(receiver);
 * receiver.transform = new RTCRtpScriptTransform(worker, { key, tap }, [tap]);
 * ```
 *
 * @param receiver - what receives the track. For another transform of it, call this again: the port before it is closed, and recordings
 * continue
 * @throws SourceError `invalid-source` if it is no receiver
 */
export function tapPort(receiver: RTCRtpReceiver): MessagePort {
  if (!isReceiver(receiver)) {
    throw errorOf('invalid-source', `tapPort() takes an RTCRtpReceiver, not ${nameOf(receiver)}`);
  }
  for (const one of attached) if (one.receiver === receiver) one.end();
  const before = taps().get(receiver.track);
  const link = before instanceof TapLink ? before : new TapLink(receiver);
  taps().set(receiver.track, link);
  return link.connect();
}

/** Whether the page takes the frames by Chromium's `createEncodedStreams()`, which gives none where there is a transform. */
function givesStreams(connection: RTCPeerConnection): boolean {
  const configuration: RTCConfiguration & { encodedInsertableStreams?: boolean } = connection.getConfiguration();
  return configuration.encodedInsertableStreams === true;
}

function isReceiver(source: unknown): source is RTCRtpReceiver {
  return typeof source === 'object' && source !== null && 'getSynchronizationSources' in source;
}

const connections = new WeakSet<RTCPeerConnection>();
/** The taps whose receivers still receive. */
const attached = new Set<Tap>();
let worker: Worker | undefined;
let failures = 0;

function attach(receiver: RTCRtpReceiver): void {
  for (const one of attached) if (one.receiver.track.readyState === 'ended') one.release();
  // One that has a port is about to have a transform.
  const isTapped = tappedOf(receiver.track) !== undefined;
  if (receiver.transform || isTapped || receiver.track.readyState === 'ended') return;
  const one = new Tap(receiver);
  attached.add(one);
  if (failures < MAX_FAILURES) taps().set(receiver.track, one);
  one.attach();
}

/** A tap through this module's own worker. */
class Tap extends TapLink {
  #transform: RTCRtpScriptTransform | undefined;

  /** Sets the receiver's transform: the first, or that of a new worker. */
  attach(): void {
    if (this.#isReplaced) return this.end();
    worker ??= startWorker();
    // What can't be done is not done to what a person watches.
    if (!worker) return this.detach();
    const options: TapOptions = { control: this.connect() };
    try {
      this.#transform = new RTCRtpScriptTransform(worker, options, [options.control]);
      this.receiver.transform = this.#transform;
    } catch {
      // The connection was closed.
      return this.end();
    }
    if (failures >= MAX_FAILURES) this.forget();
  }

  check(): void {
    if (this.#isReplaced) this.end();
  }

  /** Whether the page has set a transform of its own since. */
  get #isReplaced(): boolean {
    return this.#transform !== undefined && this.receiver.transform !== this.#transform;
  }

  /** There is no worker to pass frames on. Chromium's video stops without a transform, that of others goes on. */
  detach(): void {
    this.forget();
    if (!hasProcessor()) this.receiver.transform = null;
  }

  override end(): void {
    super.end();
    attached.delete(this);
    if (attached.size > 0) return;
    worker?.terminate();
    worker = undefined;
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
      replaceIfLost(started);
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
function replaceIfLost(started: Worker): void {
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
  started.onmessage = ({ data }: MessageEvent<TapBegun>) => whenReleased(data.lock, replace);
}
