// A recording with sound that the player shows meanwhile: it is paused, frozen and cut, and the person looks back.
import { Recorder } from 'trackreel';
import { play } from 'trackreel/player';
import ToneWorker from './tone.worker.js?worker';

const [WIDTH, HEIGHT, FPS] = [320, 180, 15];
/** How long a round of what happens is, in seconds, and what happens in it when. */
const ROUND_S = 60;
const FROZEN_S = [20, 32];
const EVENTS = [
  [8, ({ recorder }) => recorder.pause()],
  [13, ({ recorder }) => recorder.resume()],
  [38, ({ video, player }) => (video.currentTime = Math.max(player.start, player.end - 30))],
  [44, ({ video }) => (video.playbackRate = 0.5)],
  [48, ({ video }) => (video.playbackRate = 1)],
  [50, ({ player }) => player.goLive()],
];
const TURN_MS = 100;

let running;

globalThis.bench = {
  async start() {
    const counts = { pauses: 0, freezes: 0, looksBack: 0, buffered: 0 };
    const source = paint();
    const recorder = new Recorder(new MediaStream([source.track, tone()]), { maxLength: Infinity });
    let failure;
    recorder.addEventListener('error', ({ detail }) => (failure = detail));
    recorder.addEventListener('pause', () => counts.pauses++);
    recorder.addEventListener('freeze', ({ detail }) => (counts.freezes += detail.frozen ? 1 : 0));
    await recorder.start();
    const video = document.createElement('video');
    video.muted = true;
    document.body.replaceChildren(video);
    const player = await play(recorder.reel, video);
    let wasFollowing = player.following;
    player.addEventListener('change', () => {
      if (wasFollowing && !player.following) counts.looksBack++;
      wasFollowing = player.following;
    });
    running = { source, recorder, video, player, counts, failed: () => failure ?? player.error };
    running.end = observed(counts, everyRound(running));
  },

  /** Ends the recording and the player: what has happened. */
  async stop() {
    const { source, recorder, player, counts, end, failed } = running;
    end();
    if (failed()) throw failed();
    player.close();
    await recorder.stop();
    source.stop();
    running.reel = recorder.reel;
    return { ...counts, duration: recorder.reel.duration };
  },

  /** Begins to play all of it at this speed. */
  async playAll(speed) {
    const counts = { buffered: 0 };
    running.counts = counts;
    running.player = await play(running.reel, running.video, { at: 0 });
    running.video.playbackRate = speed;
    running.end = observed(counts, () => {});
  },

  /** Where that is, and what was buffered at most. */
  played() {
    const { video, player, counts, end } = running;
    end();
    if (player.error) throw player.error;
    return { ...counts, time: video.currentTime };
  },
};

/** Has `turn` be called, and notes how many seconds are buffered at most, until it is ended. */
function observed(counts, turn) {
  const timer = setInterval(() => {
    const { buffered } = running.video;
    for (let i = 0; i < buffered.length; i++) {
      counts.buffered = Math.max(counts.buffered, buffered.end(i) - buffered.start(i));
    }
    turn();
  }, TURN_MS);
  return () => clearInterval(timer);
}

/** What happens in each round. */
function everyRound(parts) {
  const began = performance.now();
  let last = 0;
  return () => {
    const now = (performance.now() - began) / 1000;
    const [from, to] = [last % ROUND_S, now % ROUND_S];
    last = now;
    for (const [at, happen] of EVENTS) if (from < at && at <= to) happen(parts);
    parts.source.isFrozen = FROZEN_S[0] <= to && to < FROZEN_S[1];
  };
}

function tone() {
  const generator = new MediaStreamTrackGenerator({ kind: 'audio' });
  new ToneWorker().postMessage(generator.writable, [generator.writable]);
  return generator;
}

/** A track of pictures that move, unless it is frozen: then the last is repeated. */
function paint() {
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = track.writable.getWriter();
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  const began = performance.now();
  const source = { track, isFrozen: false, stop: () => clearInterval(timer) || track.stop() };
  let [sent, painted] = [0, 0];
  const timer = setInterval(() => {
    for (; (sent * 1000) / FPS <= performance.now() - began; sent++) {
      if (!source.isFrozen) painted++;
      context.fillStyle = `hsl(${painted % 360} 60% 40%)`;
      context.fillRect(0, 0, WIDTH, HEIGHT);
      for (let i = 0; i < 20; i++) {
        context.fillStyle = `hsl(${(i * 47) % 360} 70% 60%)`;
        context.fillRect((i * 97 + painted * (3 + (i % 5))) % WIDTH, (i * 53) % HEIGHT, 30, 20);
      }
      void writer.write(new VideoFrame(canvas, { timestamp: (sent * 1e6) / FPS }));
    }
  }, 10);
  return source;
}
