/// <reference path="./build.d.ts" />
/// <reference path="./rtc-transform.d.ts" />
import {
  cueRecording,
  deleteReel,
  exportRecording,
  exportReel,
  forgetReel,
  fragmentsHere,
  initSync,
  listReels,
  markRecording,
  missed,
  nextFragments,
  stretchHere,
  stretchOfReel,
  noteExport,
  pause,
  picturesOfRecording,
  picturesOfReel,
  replaceSound,
  replaceTrack as joinFrames,
  resume,
  start as startRecording,
  stop,
  support,
  trackEnded,
} from '../target/wasm-bindgen/trackreel.js';
import type { FrameSource } from './transferred.js';
import type { PlainError } from './errors.js';
import { framesFrom } from './frames.js';
import { delayOf } from './sound-delay.js';
import { soundFrom } from './sound-port.js';
import type { Abort, Answer, Begin, Request, StartMessage, Started, TrackMessage, WorkerEvent } from './messages.js';
import { paint } from './paint.js';
import { loaderOf } from './stand-in/load.js';
import type { StandInLost } from './stand-in/messages.js';

let ready: Promise<void>;
/** What is being recorded. */
let recorded: FrameSource | undefined;
const openH264 = WITH_OPENH264 ? loaderOf('openH264', (parts) => new EncodedVideoChunk(parts)) : undefined;
const aac = WITH_AAC ? loaderOf('aac', (parts) => new EncodedAudioChunk(parts)) : undefined;
/** Whether the page has disabled a track whose packets are decoded here. */
let isSoundMuted = false;
const isMuted = () => isSoundMuted;
/** The exports whose answers are not wanted any more. */
const aborted = new Set<number>();

// A pause must be known before the frames that come after it, so messages are handled in the order they came in.
self.onmessage = async ({ data }: MessageEvent<Begin | Request | Abort | StandInLost>) => {
  if ('wasm' in data) return void (ready = load(data.wasm));
  if ('abort' in data) return void aborted.add(data.abort);
  if ('lost' in data) return (data.lost === 'aac' ? aac : openH264)?.lose(data.reason);
  try {
    await ready;
    const answer = await handle(data);
    if (data.id) post({ id: data.id, answer });
  } catch (error) {
    // Anything that is no error of ours is a crash: let it reach the page's `onerror`.
    if (!isPlainError(error)) return crash(error);
    post({ id: data.id, error });
  }
};

// A tap uses it where the page may have no other worker. It only passes frames on.
globalThis.onrtctransform = ({ transformer: { readable, writable } }) => void readable.pipeTo(writable).catch(() => {});

async function load(wasm: string | URL = new URL('./trackreel_bg.wasm', import.meta.url)): Promise<void> {
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  // Browsers compile while they load, but only what is served as a module.
  const isModule = response.headers.get('Content-Type') === 'application/wasm';
  const module = isModule ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
  initSync({ module: await module });
}

function handle(request: Request): unknown {
  const { id } = request;
  const onProgress = (done: number) => {
    post({ id, done });
    return !aborted.delete(id);
  };
  switch (request.call) {
    case 'start':
      return start(request.ask);
    case 'pause':
      return pause();
    case 'resume':
      return resume();
    case 'replaceTrack':
      return replaceTrack(request.ask);
    case 'replaceSound':
      return replaceSound(soundFrom(request.ask, isMuted, onSoundLost));
    case 'muteSound':
      return void (isSoundMuted = request.ask);
    case 'trackEnded':
      return trackEnded();
    case 'export':
      return exportRecording(request.ask.id, request.ask.clip, onProgress);
    case 'mark':
      return markRecording(request.ask);
    case 'cue':
      return cueRecording(request.ask);
    case 'forget':
      return forgetReel(request.ask);
    case 'stop':
      return stop();
    case 'hasProcessor':
      return typeof MediaStreamTrackProcessor !== 'undefined';
    case 'support':
      return support(request.ask, openH264?.load, aac?.load);
    case 'listReels':
      return listReels();
    case 'exportReel':
      return exportReel(request.ask.id, request.ask.clip, onProgress);
    case 'nextFragments':
      return nextFragments(request.ask.id, request.ask.after);
    case 'fragmentsHere':
      return fragmentsHere(request.ask.id, request.ask.after);
    case 'stretchOfReel':
      return stretchOfReel(request.ask.id, request.ask.at, request.ask.after);
    case 'stretchHere':
      return stretchHere(request.ask.id, request.ask.at, request.ask.after);
    case 'pictures':
      return paint(picturesOfRecording(request.ask.id, request.ask.kind, request.ask.options)!);
    case 'picturesOfReel':
      return paint(picturesOfReel(request.ask.id, request.ask.kind, request.ask.options));
    case 'noteExport':
      return noteExport(request.ask.id, request.ask.bytes);
    case 'deleteReel':
      return deleteReel(request.ask);
  }
}

async function start({ source, sound, options, setup }: StartMessage): Promise<Started> {
  recorded = source;
  // The reel that is recorded: those before it end as well.
  let last: string | undefined;
  const notify = (event: WorkerEvent) => {
    if (event.type === 'next') last = event.started.id;
    if (event.type === 'stop' && (last === undefined || event.reel === last)) endClone(recorded);
    postMessage({ event });
  };
  let [isStarted, missedBefore] = [false, 0];
  const onMissed = (frames: number) => (isStarted ? missed(frames) : (missedBefore += frames));
  // Of sound alone none come.
  const frames = source ? framesFrom(source, onMissed, onLost) : new ReadableStream<VideoFrame>();
  // WebKitGTK 2.50 crashes where decoded sound is copied.
  const canMeasure = sound instanceof ReadableStream;
  const loaders = { openh264: openH264?.load, aac: aac?.load, delayOf: canMeasure ? delayOf : undefined };
  const soundAlone = !source;
  const packets = sound && 'tap' in sound;
  const setting = {
    ...setup,
    ...loaders,
    sound: sound && soundFrom(sound, isMuted, onSoundLost),
    packets,
    soundAlone,
    isLive: true,
  };
  const started: Started = await startRecording(frames, options, setting, notify);
  isStarted = true;
  if (missedBefore) missed(missedBefore);
  return started;
}

async function replaceTrack({ source, device }: TrackMessage): Promise<void> {
  const before = recorded;
  try {
    recorded = source;
    await joinFrames(framesFrom(source, missed, onLost), device);
    endClone(before);
  } catch (cause) {
    recorded = before;
    endClone(source);
    const failed: PlainError = { code: 'invalid-source', message: `its frames can't be had: ${cause}` };
    throw isPlainError(cause) ? cause : failed;
  }
}

/** What gives the frames of a tapped track was lost. */
function onLost(): void {
  postMessage({ event: { type: 'unfit', reel: '', reason: 'tap-lost' } satisfies WorkerEvent });
}

/** The packets of a tapped track of sound can't be decoded any more. */
function onSoundLost(): void {
  postMessage({ event: { type: 'unfit', reel: '', reason: 'sound' } satisfies WorkerEvent });
}

/** The clone of a track that came here keeps a camera on. */
function endClone(source: FrameSource | undefined): void {
  if (source && 'stop' in source) source.stop();
}

self.onunhandledrejection = (event) => {
  event.preventDefault();
  crash(event.reason);
};

/** Throws where the page's `onerror` hears it: a rejection in a worker stays unheard outside. */
function crash(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

function post(answer: Answer): void {
  postMessage(answer);
}

function isPlainError(error: unknown): error is PlainError {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
