import { ALL_FORMATS, AudioSampleSink, BlobSource, Input, VideoSampleSink } from 'mediabunny';
import { Recorder, reels, type Container, type Reel } from 'trackreel';
import { connect, type Connection, type ConnectionCodec } from '../../www/loopback/connection.js';
import { startLoopback } from '../../www/loopback/index.js';
import { startSource } from '../../www/loopback/source.js';

/** The pictures that are sent, in pixels. */
const WIDTH = 640;
const HEIGHT = 360;
/** What the sender may use, in bits per second. */
const BITRATE = 1_000_000;
const SENT = { width: WIDTH, height: HEIGHT, fps: 30 };
/** How much earlier than the video the sound of a file may end, in seconds: a kill loses more of one than of the other. */
const SILENT_S = 1;

/** A codec that is kept as received, and the container of its file. */
interface Received {
  codec: ConnectionCodec;
  container: Container;
}

/** A reel as it is found after a kill. */
export interface Found {
  id: string;
  state: Reel['state'];
  /** Its container, and what its codec's name begins with. */
  kind: string;
  /** The hash of its file; null where the export was refused. */
  hash: string | null;
  /** The file, as base64, unless it is known already. */
  file: string | null;
  /** How many pictures the browser makes of it. */
  decoded: number;
  /** Why it was refused, or can't be decoded. */
  problem: string | null;
}

let recorder: Recorder;
const connections: RTCPeerConnection[] = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
};

/** What Node asks of this page. */
const faults = {
  /** Connects to itself, and logs the frames that arrive from then on. `received` is the codec to be kept as received. */
  async connect(received?: Received): Promise<void> {
    const sound = hum();
    const { stream } = received ? await receive(received, sound) : await startLoopback({ ...SENT, codec: 'VP8' });
    const track = stream.getVideoTracks()[0] as MediaStreamVideoTrack;
    const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 300 }).readable;
    const witness = new Worker(new URL('./witness.worker.ts', import.meta.url), { type: 'module' });
    witness.postMessage(frames, [frames]);
    // A clean-up would remove exported reels.
    const kept = received && ({ source: 'received', container: received.container } as const);
    const [heard = sound] = stream.getAudioTracks();
    recorder = new Recorder([track, heard], { maxFps: Infinity, startupCleanup: false, ...kept });
  },

  /** Begins to record, or resumes the reel of this name. */
  async start(id?: string): Promise<void> {
    await recorder.start((await reels.list()).find((reel) => reel.id === id));
  },

  pause: () => recorder.pause(),

  /** Removes every record, as another script of the site may. */
  async erase(): Promise<void> {
    const opening = indexedDB.open('trackreel');
    await done(opening);
    const stores = ['reels', 'segments'];
    const transaction = opening.result.transaction(stores, 'readwrite');
    await Promise.all(stores.map((store) => done(transaction.objectStore(store).clear())));
    opening.result.close();
  },

  /** Has the sender make its pictures this many times smaller; resolves when they arrive. */
  async scale(by: number): Promise<void> {
    const sender = connections.flatMap((connection) => connection.getSenders()).find(({ track }) => track)!;
    const parameters = sender.getParameters();
    parameters.encodings[0]!.scaleResolutionDownBy = by;
    await sender.setParameters(parameters);
    const isThere = () => recorder.track.getSettings().width === WIDTH / by;
    while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 10));
  },

  /** Records this many seconds, to the end. */
  async record(seconds: number): Promise<void> {
    await recorder.start();
    await new Promise<void>((resolve, reject) => {
      recorder.addEventListener('progress', ({ detail }) => detail.duration >= seconds && resolve());
      recorder.addEventListener('error', ({ detail }) => reject(detail));
    });
    await recorder.stop();
  },

  /** Exports over and over from now on. */
  keepExporting(): void {
    const repeat = (): Promise<void> => recorder.export().then(repeat, repeat);
    void repeat();
  },

  /** Every reel, exported and decoded; those whose hashes are known are not handed over again. */
  async recover(known: string[]): Promise<Found[]> {
    const found: Found[] = [];
    for (const reel of await reels.list()) found.push(await inspect(reel, known));
    return found;
  },
};

function done(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error);
  });
}

async function inspect(reel: Reel, known: string[]): Promise<Found> {
  const { id, state, container, codec } = reel;
  const kind = `${container} ${codec.split('.')[0]}`;
  const found: Found = { id, state, kind, hash: null, file: null, decoded: 0, problem: null };
  try {
    const blob = await reel.export();
    found.hash = await hashOf(blob);
    if (known.includes(found.hash)) return found;
    found.file = await base64(blob);
    found.decoded = await decode(blob);
  } catch (error) {
    found.problem = String(error);
  }
  return found;
}

/** A tapped connection with this sound. */
function receive({ codec }: Received, sound: MediaStreamTrack): Promise<Connection> {
  const { track } = startSource(SENT);
  track.contentHint = 'motion';
  return connect(track, codec, BITRATE, sound, true);
}

/** A track of sound that needs no click. */
function hum(): MediaStreamTrack {
  const track = new MediaStreamTrackGenerator({ kind: 'audio' });
  const writer = track.writable.getWriter();
  const format = { format: 'f32-planar', sampleRate: 48_000, numberOfChannels: 1, numberOfFrames: 480 } as const;
  const data = Float32Array.from({ length: 480 }, (_, n) => 0.1 * Math.sin((2 * Math.PI * n) / 48));
  const began = performance.now();
  let blocks = 0;
  setInterval(() => {
    for (; blocks * 10 < performance.now() - began; blocks++) {
      void writer.write(new AudioData({ ...format, timestamp: (began + blocks * 10) * 1000, data }));
    }
  }, 10);
  return track;
}

/** Decodes all of a file with the browser's decoders; gives the number of its pictures. */
async function decode(blob: Blob): Promise<number> {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('there is no video track in the file');
  let decoded = 0;
  for await (const sample of new VideoSampleSink(track).samples()) {
    decoded++;
    sample.close();
  }
  const length = await track.computeDuration();
  // The first sound is stored within a second.
  if (length < SILENT_S) return decoded;
  const sound = await input.getPrimaryAudioTrack();
  if (!sound) throw new Error('there is no sound in the file');
  let [end, peak] = [0, 0];
  for await (const sample of new AudioSampleSink(sound).samples()) {
    end = sample.timestamp + sample.duration;
    const samples = new Float32Array(sample.numberOfFrames);
    sample.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    for (const one of samples) peak = Math.max(peak, one);
    sample.close();
  }
  if (peak < 0.05) throw new Error(`the sound in the file is silence: ${peak}`);
  if (end < length - SILENT_S) throw new Error(`the sound ends at ${end} s, and the video at ${length} s`);
  return decoded;
}

async function hashOf(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

Object.assign(globalThis, { faults });
