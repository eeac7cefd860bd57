// Tracks that are received and recorded as they come, in a page that has no media element.
import { Recorder, tapPort } from 'trackreel';
import { connect } from '../../www/loopback/connection.ts';
import { startSource } from '../../www/loopback/source.ts';
import NotPassedOnWorker from './not-passed-on.worker.js?worker';
import ToneWorker from './tone.worker.js?worker';

const SIZE = { width: 480, height: 270, fps: 30 };

/** The received codecs, each with Opus: `isPassedOn` to the browser, which then decodes it, or not. */
const TRACKS = [
  { codec: 'H264', isPassedOn: true },
  { codec: 'VP9', isPassedOn: true },
  { codec: 'H264', isPassedOn: false },
];
/** What shows no losses without pictures. */
const UNDECODABLE = { codec: 'VP9', isPassedOn: false };

/** Gets each receiver of a connection before its first frame. */
let onReceiver = () => {};
/** The connections that receive video. */
const receiving = new Map();
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args);
    this.addEventListener('track', ({ receiver, track }) => {
      receiving.set(track, receiver);
      onReceiver(receiver);
    });
  }
};

let running;

globalThis.bench = {
  isHidden: () => document.visibilityState === 'hidden',

  /** Starts a recording of each; returns their names. */
  async start() {
    running = [];
    for (const track of TRACKS) running.push(await record(track));
    return TRACKS.map(({ codec, isPassedOn }) => `${codec}${isPassedOn ? '' : ' that is not decoded'} with Opus`);
  },

  /** What becomes of VP9 that nothing decodes, within this many seconds. */
  async undecodable(seconds) {
    const { recorder, ended } = await record(UNDECODABLE);
    const error = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, seconds * 1000))]);
    await recorder.stop().catch(() => {});
    const { received, frames, drops } = recorder.progress;
    const end = error ? `${error.code}: ${error.message}` : 'the recording continues';
    return { frames, against: `${end}; ${received} frames were received, ${JSON.stringify(drops)}` };
  },

  /** Ends them; returns the counts of each. */
  stop: () => Promise.all(running.map((one) => one.stop())),

  /** Has the bench take one of the files. */
  async file(index) {
    globalThis.exported = await running[index].recorder.export();
  },
};

async function record({ codec, isPassedOn }) {
  const tone = new MediaStreamTrackGenerator({ kind: 'audio' });
  new ToneWorker().postMessage(tone.writable, [tone.writable]);
  if (!isPassedOn) {
    const worker = new NotPassedOnWorker();
    onReceiver = (receiver) => {
      const port = tapPort(receiver);
      receiver.transform = new RTCRtpScriptTransform(worker, { port }, [port]);
    };
  }
  const { stream } = await connect(startSource(SIZE).track, codec, 1_000_000, tone, isPassedOn);
  onReceiver = () => {};
  const recorder = new Recorder(stream, { source: 'received', freeze: 'keep', maxLength: Infinity });
  const ended = new Promise((resolve) => recorder.addEventListener('error', ({ detail }) => resolve(detail)));
  let failure;
  void ended.then((error) => (failure = error));
  const [track] = stream.getVideoTracks();
  const receivedNow = () => framesReceivedOf(receiving.get(track));
  await recorder.start();
  const [began, before] = [performance.now(), await receivedNow()];
  return {
    recorder,
    ended,
    async stop() {
      const byStats = (await receivedNow()) - before;
      await recorder.stop();
      const wall = (performance.now() - began) / 1000;
      if (failure) throw new Error(`${codec}: ${failure.code}: ${failure.message}`);
      return { wall, byStats, ...recorder.progress };
    },
  };
}

/** How many frames a receiver has received so far. */
async function framesReceivedOf(receiver) {
  const stats = [...(await receiver.getStats()).values()];
  return stats.find(({ type }) => type === 'inbound-rtp').framesReceived ?? 0;
}
