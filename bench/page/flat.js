// One long recording of frames that are fed faster than in real time.
import { ALL_FORMATS, BlobSource, Input } from 'mediabunny';
import { Recorder } from 'trackreel';
import { frameOf, insteadOfTracks, scroll } from './synthetic.js';

const WIDTH = 320;
const HEIGHT = 180;
const FPS = 30;
/** How long nothing is fed when the recorder has just dropped frames because it could not keep up. */
const RELIEF_MS = 300;

let recorder;
let fed = 0;
let ended;

globalThis.bench = {
  /** Starts to record this many frames, fed at `speed` times real time. */
  async start({ frames, speed }) {
    const picture = scroll(WIDTH, HEIGHT);
    let due = performance.now();
    let dropped = 0;
    const undo = insteadOfTracks(async () => {
      if (fed === frames) return undefined;
      const { backpressure } = recorder.progress.drops;
      if (backpressure > dropped) {
        dropped = backpressure;
        due = performance.now() + RELIEF_MS;
      }
      due += 1000 / FPS / speed;
      const wait = due - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      return frameOf(picture(fed), WIDTH, HEIGHT, Math.round((fed++ * 1e6) / FPS));
    });
    const [track] = document.createElement('canvas').captureStream().getVideoTracks();
    recorder = new Recorder(track, { maxLength: Infinity, maxFps: Infinity });
    ended = new Promise((resolve, reject) => {
      recorder.addEventListener('stop', ({ detail }) => resolve(detail));
      recorder.addEventListener('error', ({ detail }) => reject(detail));
    });
    // A failure is thrown at the end.
    ended.catch(() => {});
    await recorder.start();
    undo();
  },

  /** How far it is: frames fed, and seconds recorded. */
  state: () => ({ fed, time: recorder.progress.duration, over: recorder.state === 'inactive' }),

  /** Once all frames are recorded: what became of them, and how many an independent reader finds in the file; deletes it. */
  async finish() {
    const { reason, progress } = await ended;
    const input = new Input({ source: new BlobSource(await recorder.reel.export()), formats: ALL_FORMATS });
    const { packetCount } = await (await input.getPrimaryVideoTrack()).computePacketStats();
    const duration = await input.computeDuration();
    await recorder.reel.delete();
    return { reason, progress, packetCount, duration, fed };
  },
};
