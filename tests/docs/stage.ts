import type * as trackreel from 'trackreel';
import type { Consumable } from './clients.js';
import { Painter } from '../../www/loopback/painter.js';
import { connect } from '../face/connection.js';

/** What the tests do in the page. */
export interface Stage {
  /** Puts in place what a listing takes for granted; in a worker another listing, by its name. */
  prepare(needs: string[], inWorker?: string): Promise<void>;
  /** Resolves when the recording has become longer, or has begun. */
  later(): Promise<void>;
  /** Sends a track over the connection that a listing waits at; encrypted where a worker decrypts. */
  call(): Promise<void>;
  /** Calls a listing that uses a client of another library. */
  dial(client: string): Promise<void>;
  /** Records, as it is received, a call through a client that makes its connections by itself. */
  record(): Promise<void>;
  /** Sends a message over a channel of that connection. */
  send(message: string): Promise<void>;
  /** Sends a message of the server. */
  receive(message: string): Promise<void>;
  /** Ends the recording that a listing was given. */
  stop(): Promise<void>;
  /** Has the connection that a listing has fail, as it does 16 seconds after the other side is killed. */
  fail(): void;
  /** The file that the user chose, as base64. */
  chosenFile(): Promise<string>;
}

declare global {
  var stage: Stage;
  /** What the module `surroundings` gives to a listing. */
  var surroundings: Record<string, unknown>;
}

const core = '/pkg/index.js';
const { download, Recorder, reels }: typeof trackreel = await import(/* @vite-ignore */ core);

/** What calls over the clients of other libraries. Loaded where it is needed. */
const clients = () => import('./clients.js');

/** The two ends of what carries the messages of simple-peer. */
const signals = new MessageChannel();

/** The listing that runs in the worker that decrypts. */
let inWorker: string | undefined;

/** Starts a worker that decrypts by a listing, or one that encrypts. */
async function startCipher(listing?: string): Promise<Worker> {
  const worker = new Worker(new URL('./cipher.worker.ts', import.meta.url), { type: 'module', name: listing ?? '' });
  await new Promise((resolve) => (worker.onmessage = resolve));
  return worker;
}

/** From the side that calls. */
let channel: RTCDataChannel | undefined;

const nextFrame = () => new Promise(requestAnimationFrame);

const make: Record<string, () => unknown> = {
  stream: async () => (await connect()).stream,
  microphone: () => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context);
    const destination = context.createMediaStreamDestination();
    tone.connect(destination);
    tone.start();
    return destination.stream;
  },
  otherStream: async () => (await connect()).stream,
  async recorder() {
    const recorder = new Recorder(await provide('stream'));
    await recorder.start();
    await stage.later();
    return recorder;
  },
  async reel() {
    const recorder = new Recorder(await provide('stream'));
    await recorder.start();
    await stage.later();
    await recorder.stop();
    return recorder.reel;
  },
  peer: () => new RTCPeerConnection(),
  signalling: () => signals.port1,
  peerServer: async () => (await clients()).serverOfPeerJs(),
  them: async () => (await clients()).answerPeerJs(await provide('stream'), 'them'),
  mediasoup: async () => (await clients()).connectMediasoup(await provide('stream')),
  transport: async () => (await provide<Consumable>('mediasoup')).transport,
  params: async () => (await provide<Consumable>('mediasoup')).params,
  worker: () => startCipher(inWorker),
  // In the worker.
  decrypt: () => () => {},
  socket: () => new EventTarget(),
  canvas() {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    new Painter(canvas.getContext('2d', { alpha: false })!, 30, () => {}).start();
    return canvas;
  },
  button: () => document.body.appendChild(document.createElement('button')),
  saveButton: () => document.body.appendChild(document.createElement('button')),
  output: () => document.body.appendChild(document.createElement('output')),
  list: () => document.body.appendChild(document.createElement('ul')),
};

/** Makes each thing once. */
async function provide<T>(name: string): Promise<T> {
  const maker = make[name];
  if (!maker) throw new Error(`there is no ${name} among the surroundings`);
  return (surroundings[name] ??= await maker()) as T;
}

/** Leaves behind what a page leaves that is killed while it records. */
async function interrupt(): Promise<void> {
  const frame = document.body.appendChild(document.createElement('iframe'));
  frame.src = location.href;
  await new Promise((resolve) => (frame.onload = resolve));
  const other = frame.contentWindow as Window & typeof globalThis;
  while (!other.stage) await nextFrame();
  await other.stage.prepare(['recorder']);
  frame.remove();
  while ((await reels.list()).some(({ state }) => state === 'live')) await nextFrame();
}

globalThis.surroundings = {};
globalThis.stage = {
  async prepare(needs, listing) {
    inWorker = listing;
    surroundings['later'] = stage.later;
    for (const need of needs) await (need === 'interrupted' ? interrupt() : provide(need));
  },
  async later() {
    const recorded = async () => {
      const live = (await reels.list()).filter(({ state }) => state === 'live');
      return live.reduce((sum, { frames }) => sum + frames, 0);
    };
    const before = await recorded();
    while ((await recorded()) < before + 10) await nextFrame();
  },
  async call() {
    const receiver = surroundings['peer'] as RTCPeerConnection;
    const sender = new RTCPeerConnection();
    sender.onicecandidate = ({ candidate }) => void (candidate && receiver.addIceCandidate(candidate));
    receiver.onicecandidate = ({ candidate }) => void (candidate && sender.addIceCandidate(candidate));
    channel = sender.createDataChannel('pauses');
    const stream = await provide<MediaStream>('stream');
    const cipher = surroundings['worker'] ? await startCipher() : undefined;
    for (const track of stream.getTracks()) {
      const sending = sender.addTrack(track, stream);
      if (cipher) sending.transform = new RTCRtpScriptTransform(cipher);
    }
    await sender.setLocalDescription();
    await receiver.setRemoteDescription(sender.localDescription!);
    await receiver.setLocalDescription();
    await sender.setRemoteDescription(receiver.localDescription!);
  },
  async dial(client) {
    const stream = await provide<MediaStream>('stream');
    const { callPeerJs, callSimplePeer } = await clients();
    if (client === 'simple-peer') return callSimplePeer(stream, signals.port2);
    if (client === 'peerjs') return callPeerJs(stream, 'us');
    throw new Error(`there is no client ${client}`);
  },
  async record() {
    const received = await (await clients()).receiveSimplePeer(await provide('stream'));
    const recorder = new Recorder(received, { container: 'webm', source: 'received' });
    await recorder.start();
    await stage.later();
    download(await recorder.export());
  },
  async send(message) {
    while (channel?.readyState !== 'open') await nextFrame();
    channel.send(message);
  },
  async receive(data) {
    (surroundings['socket'] as EventTarget).dispatchEvent(new MessageEvent('message', { data }));
  },
  async stop() {
    await (surroundings['recorder'] as trackreel.Recorder).stop();
  },
  fail() {
    const peer = surroundings['peer'] as RTCPeerConnection;
    Object.defineProperty(peer, 'connectionState', { value: 'failed' });
    peer.dispatchEvent(new Event('connectionstatechange'));
  },
  async chosenFile() {
    const file = await (await chosen()).getFile();
    const bytes = new Uint8Array(await file.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  },
};

const chosen = async () => (await navigator.storage.getDirectory()).getFileHandle('chosen.mp4', { create: true });
// No user chooses a file in a test: it is one of the origin's own, which is written in the same way.
Object.assign(globalThis, { showSaveFilePicker: chosen });
