// The page that is measured: a received track, shown in a <video>, and each way of recording it.
import { ALL_FORMATS, BlobSource, Input, VideoSampleSink } from 'mediabunny';
import { Recorder } from 'trackreel';
import { lumaOf } from '../../tests/corpus/receiver.ts';
import { readCounter } from '../../www/loopback/counter.ts';
import { startLoopback } from '../../www/loopback/index.ts';
import BareWorker from './bare.worker.js?worker';
import { framesOfFragments } from './fragments.js';
import { framesOfMatroska } from './matroska.js';
import TakenWorker from './taken.worker.js?worker';

// The loopback has only its track; its connections count the decoded frames.
const connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args);
    connections.push(this);
  }
};

let track;
/** All tracks that the page receives; the first is shown. */
let tracks = [];
/** How long each shown picture took from the network to the screen, in milliseconds. */
let latencies = [];
/** The track, and that of its sound if there is one. */
let stream;
let recording;
/** The last recorded file, where it is kept. */
let file;
let isKept = false;
let recorder;

/** What js/capture.ts buffers, and src/recording.rs asks for. */
const BUFFER = 30;
/** What js/sound.ts buffers. */
const SOUND_BUFFER = 200;
const KEY_FRAME_S = 2;

function record({ bitrate, fps }, freeze, Kind = Recorder) {
  return recordWith(new Kind(track, { bitrate, maxFps: fps, freeze }));
}

async function recordWith(created) {
  recorder = created;
  let failure;
  created.addEventListener('error', ({ detail }) => (failure ??= detail));
  // What came before the first key frame is no loss.
  let before;
  created.addEventListener('progress', ({ detail }) => {
    if (detail.frames > 0) before ??= detail.drops.network;
  });
  await created.start();
  return async () => {
    await created.stop();
    if (failure) throw failure;
    const { received, frames, bytes, codec, audioCodec, drops } = created.progress;
    file = isKept ? await created.export() : undefined;
    await created.reel.delete();
    return { received, frames, bytes, codec, audioCodec, drops, before: before ?? 0 };
  };
}

/** Starts one for each track; what they recorded is summed. */
async function recordAll(start) {
  const finishers = await Promise.all(tracks.map(start));
  return async () => {
    const all = await Promise.all(finishers.map((finish) => finish()));
    const sum = (key) => all.reduce((total, one) => total + one[key], 0);
    const drops = { network: all.reduce((total, { drops }) => total + (drops?.network ?? 0), 0) };
    const sums = { received: sum('received'), frames: sum('frames'), bytes: sum('bytes'), before: sum('before') };
    return { ...all[0], ...sums, drops };
  };
}

async function recordNatively(options, track) {
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
    const whole = new Blob(chunks);
    file = isKept ? whole : undefined;
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const isMp4 = native.mimeType.startsWith('video/mp4');
    const frames = isMp4 ? framesOfFragments(bytes) : framesOfMatroska(bytes);
    return { received: frames, frames, bytes: bytes.length, codec: native.mimeType };
  };
}

/** Each starts a recording, and returns a function that ends it and returns its counts. */
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

  /** The same without freeze detection, which the others lack too. */
  blind: (settings) => record(settings, 'keep'),

  /** The track as it is received, and frames of it; each of a track that is tapped. */
  received: () => recordAll((track) => recordWith(new Recorder(track, { source: 'received' }))),
  unwatched: () => recordAll((track) => recordWith(new Recorder(track, { source: 'received', freeze: 'keep' }))),
  encoding: () => recordAll((track) => recordWith(new Recorder(track, { source: 'frames', maxFps: Infinity }))),
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

  bare: (settings) => recordAll((track) => recordBarely(settings, track)),

  /** With a type, without which Chromium would copy. */
  native: ({ codec, bitrate }) =>
    recordNatively({ mimeType: `video/mp4;codecs=${codec}`, videoBitsPerSecond: bitrate }, track),

  /** Without a type it writes the received frames as they came, and encodes nothing. */
  copying: () => recordAll((track) => recordNatively({}, track)),
};

/** The least that encodes: a processor and an encoder. */
async function recordBarely({ codec, bitrate, fps }, track) {
  const { width, height } = track.getSettings();
  const config = { codec, width, height, bitrate, framerate: fps, latencyMode: 'realtime', avc: { format: 'avc' } };
  const hardware = { ...config, hardwareAcceleration: 'prefer-hardware' };
  const { supported } = await VideoEncoder.isConfigSupported(hardware);
  const worker = new BareWorker();
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  // A failure is thrown at the end.
  answer.catch(() => {});
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: BUFFER });
  worker.postMessage({ readable, config: supported ? hardware : config, keyFrameUs: KEY_FRAME_S * 1e6 }, [readable]);
  return async () => {
    worker.postMessage('stop');
    const counts = await answer;
    worker.terminate();
    return counts;
  };
}

/** How many frames of all tracks have been decoded so far. */
async function decoded() {
  let frames = 0;
  for (const connection of connections) {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') frames += report.framesDecoded ?? 0;
    }
  }
  return frames;
}

/** Notes the time from the receipt of each picture to its display. */
function measureLatency(video) {
  const note = (_, { receiveTime, expectedDisplayTime }) => {
    if (receiveTime !== undefined) latencies.push(expectedDisplayTime - receiveTime);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Gathers the luma of each received picture, by the number in it. */
function gatherPictures() {
  const clone = track.clone();
  const reader = new MediaStreamTrackProcessor({ track: clone, maxBufferSize: BUFFER }).readable.getReader();
  const pictures = new Map();
  const gathered = (async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      await addPicture(pictures, next.value);
      next.value.close();
    }
    return pictures;
  })();
  return () => {
    clone.stop();
    return gathered;
  };
}

async function addPicture(pictures, frame) {
  const { width, height } = frame.visibleRect;
  const luma = await lumaOf(frame);
  const number = readCounter(luma, width, width, height);
  if (number !== null) pictures.set(number, luma);
}

async function picturesOf(blob) {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const pictures = new Map();
  for await (const sample of new VideoSampleSink(await input.getPrimaryVideoTrack()).samples()) {
    const frame = sample.toVideoFrame();
    await addPicture(pictures, frame);
    frame.close();
    sample.close();
  }
  input.dispose();
  return pictures;
}

globalThis.bench = {
  /** How many frames of the track have been decoded so far. */
  decoded,

  /** Connects, and resolves when pictures arrive. */
  async connect(options) {
    const { streams = 1 } = options;
    const loopbacks = [];
    while (loopbacks.length < streams) loopbacks.push(await startLoopback(options));
    [{ stream }] = loopbacks;
    tracks = loopbacks.flatMap(({ stream }) => stream.getVideoTracks());
    [track] = tracks;
    const video = document.querySelector('video');
    measureLatency(video);
    video.srcObject = stream;
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  },

  async start(contender, settings) {
    const before = await decoded();
    latencies = [];
    recording = { before, finish: await CONTENDERS[contender](settings) };
  },

  /** Ends the recording: how many frames were decoded meanwhile, and its counts. */
  async stop() {
    const { before, finish } = recording;
    const delivered = (await decoded()) - before;
    const latency = median(latencies);
    return { delivered, latency, ...(await finish()) };
  },

  /** How long an export takes, and how long reading all its bytes does, in milliseconds; during a recording, or from disk. */
  async export(stored) {
    const asked = performance.now();
    const blob = await (stored ? recorder.reel.export() : recorder.export());
    const exported = performance.now();
    const { byteLength: bytes } = await blob.arrayBuffer();
    const read = performance.now();
    return { export: exported - asked, read: read - exported, bytes, seconds: recorder.progress.duration };
  },

  /**
   * The luma PSNR of a contender's file against the received pictures, in dB, over all pixels of all pictures that both have;
   * null where they are the same.
   */
  async psnr(contender, settings, seconds) {
    isKept = true;
    const gathered = gatherPictures();
    const finish = await CONTENDERS[contender](settings);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    await finish();
    const [received, recorded] = [await gathered(), await picturesOf(file)];
    isKept = false;
    let [squares, pixels, pictures] = [0, 0, 0];
    for (const [number, luma] of recorded) {
      const original = received.get(number);
      if (!original) continue;
      for (let i = 0; i < luma.length; i++) squares += (luma[i] - original[i]) ** 2;
      pixels += luma.length;
      pictures++;
    }
    return { pictures, psnr: squares === 0 ? null : 10 * Math.log10((255 ** 2 * pixels) / squares) };
  },

  /** Stops, and keeps the reel. */
  stopRecorder: () => recorder.stop(),
};
