// The page that is measured: a received track, shown in a <video>, and each way of recording it.
import { Recorder } from 'trackreel';
import { startLoopback } from '../../www/loopback/index.ts';
import BareWorker from './bare.worker.js?worker';
import { framesOfFragments } from './fragments.js';
import { framesOfMatroska } from './matroska.js';
import TakenWorker from './taken.worker.js?worker';

// The loopback gives only its track; what was decoded is known to its connections.
const connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args);
    connections.push(this);
  }
};

let track;
/** The track, and that of its sound if there is one. */
let stream;
let recording;
let recorder;

/** What js/capture.ts buffers, and src/recording.rs asks for. */
const BUFFER = 30;
/** What js/sound.ts buffers. */
const SOUND_BUFFER = 200;
const KEY_FRAME_S = 2;

function record({ bitrate, fps }, freeze, Kind = Recorder) {
  return recordWith(new Kind(track, { bitrate, maxFps: fps, freeze }));
}

async function recordWith(made) {
  recorder = made;
  let failure;
  recorder.addEventListener('error', ({ detail }) => (failure ??= detail));
  await recorder.start();
  return async () => {
    await recorder.stop();
    if (failure) throw failure;
    const { received, frames, bytes, codec, audioCodec, drops } = recorder.progress;
    await recorder.reel.delete();
    return { received, frames, bytes, codec, audioCodec, drops };
  };
}

async function recordNatively(options) {
  const native = new MediaRecorder(new MediaStream([track]), {
    ...options,
    videoKeyFrameIntervalDuration: KEY_FRAME_S * 1000,
  });
  const chunks = [];
  native.ondataavailable = ({ data }) => chunks.push(data);
  await new Promise((resolve, reject) => {
    native.onstart = resolve;
    native.onerror = ({ error }) => reject(error);
    native.start(1000);
  });
  return async () => {
    await new Promise((resolve) => {
      native.onstop = resolve;
      native.stop();
    });
    const file = new Uint8Array(await new Blob(chunks).arrayBuffer());
    const isMp4 = native.mimeType.startsWith('video/mp4');
    const frames = isMp4 ? framesOfFragments(file) : framesOfMatroska(file);
    return { received: frames, frames, bytes: file.length, codec: native.mimeType };
  };
}

/** Each starts a recording, and gives what ends it; that gives what was recorded. */
const CONTENDERS = {
  async nothing() {
    return async () => ({ received: 0, frames: 0, bytes: 0 });
  },

  trackreel: (settings) => record(settings, 'cut'),

  /** The same of another build, which bench/capture.mjs puts beside the page. */
  async before(settings) {
    const built = new URL('before/index.js', document.baseURI).href;
    const { Recorder } = await import(/* @vite-ignore */ built);
    return record(settings, 'cut', Recorder);
  },

  /** The same without looking for freezes, as the others do. */
  blind: (settings) => record(settings, 'keep'),

  /** The track as it is received, and frames of it; each of a track that is tapped. */
  received: () => recordWith(new Recorder(track, { source: 'received' })),
  unwatched: () => recordWith(new Recorder(track, { source: 'received', freeze: 'keep' })),
  encoding: () => recordWith(new Recorder(track, { source: 'frames', maxFps: Infinity })),
  idle: () => CONTENDERS.nothing(),

  /** The same stream with its sound in Opus, in AAC, and without it. */
  opus: ({ bitrate, fps }) => recordWith(new Recorder(stream, { bitrate, maxFps: fps, audioCodec: 'opus' })),
  aac: ({ bitrate, fps }) => recordWith(new Recorder(stream, { bitrate, maxFps: fps, audioCodec: 'aac' })),
  silent: ({ bitrate, fps }) => recordWith(new Recorder(stream, { bitrate, maxFps: fps, audio: false })),

  /** The same without it, but its blocks come to a worker as they come to the recorder's. */
  async taken(settings) {
    const finish = await CONTENDERS.silent(settings);
    const [sound] = stream.getAudioTracks();
    const { readable } = new MediaStreamTrackProcessor({ track: sound, maxBufferSize: SOUND_BUFFER });
    const player = document.createElement('video');
    player.muted = true;
    player.srcObject = new MediaStream([sound]);
    await player.play();
    const worker = new TakenWorker();
    worker.postMessage(readable, [readable]);
    return async () => {
      await new Promise((resolve) => {
        worker.onmessage = resolve;
        worker.postMessage('stop');
      });
      worker.terminate();
      player.srcObject = null;
      return finish();
    };
  },

  async bare({ codec, bitrate, fps }) {
    const { width, height } = track.getSettings();
    const config = { codec, width, height, bitrate, framerate: fps, latencyMode: 'realtime', avc: { format: 'avc' } };
    const hardware = { ...config, hardwareAcceleration: 'prefer-hardware' };
    const { supported } = await VideoEncoder.isConfigSupported(hardware);
    const worker = new BareWorker();
    const answer = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    // Whether it failed is asked for at the end.
    answer.catch(() => {});
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: BUFFER });
    worker.postMessage({ readable, config: supported ? hardware : config, keyFrameUs: KEY_FRAME_S * 1e6 }, [readable]);
    return async () => {
      worker.postMessage('stop');
      const counts = await answer;
      worker.terminate();
      return counts;
    };
  },

  /** With a type, without which Chromium would copy. */
  native: ({ codec, bitrate }) =>
    recordNatively({ mimeType: `video/mp4;codecs=${codec}`, videoBitsPerSecond: bitrate }),

  /** Without a type it writes the received frames as they came, and encodes nothing. */
  copying: () => recordNatively({}),
};

async function decoded() {
  for (const connection of connections) {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') return report.framesDecoded ?? 0;
    }
  }
  return 0;
}

globalThis.bench = {
  /** How many frames of the track have been decoded so far. */
  decoded,

  /** Connects, and resolves when pictures arrive. */
  async connect(options) {
    ({ stream } = await startLoopback(options));
    [track] = stream.getVideoTracks();
    const video = document.querySelector('video');
    video.srcObject = stream;
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  },

  async start(contender, settings) {
    const before = await decoded();
    recording = { before, finish: await CONTENDERS[contender](settings) };
  },

  /** Ends what was started: what was decoded meanwhile, and what of it was recorded. */
  async stop() {
    const { before, finish } = recording;
    const delivered = (await decoded()) - before;
    return { delivered, ...(await finish()) };
  },

  /** How long an export takes, and how long reading all its bytes does, in milliseconds; while recording goes on, or from disk. */
  async export(stored) {
    const asked = performance.now();
    const blob = await (stored ? recorder.reel.export() : recorder.export());
    const exported = performance.now();
    const { byteLength: bytes } = await blob.arrayBuffer();
    const read = performance.now();
    return { export: exported - asked, read: read - exported, bytes, seconds: recorder.progress.time };
  },

  /** Stops, and keeps the reel. */
  stopRecorder: () => recorder.stop(),
};
