// A recording with sound that the player shows meanwhile: it is paused, frozen and cut, and the person seeks back.
import { Recorder } from 'trackreel';
import { play } from 'trackreel/player';
import { paint } from './painted.js';
import ToneWorker from './tone.worker.js?worker';

const PICTURES = { width: 320, height: 180, fps: 15 };
/** The length of a round, in seconds, and when its events happen. */
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
/** How much is buffered before and after the shown time without the player, in seconds: as much as the player has. */
const AHEAD_S = 10;

let running;

globalThis.bench = {
  async start() {
    const counts = { pauses: 0, freezes: 0, seeksBack: 0, buffered: 0 };
    const source = paint(PICTURES);
    const recorder = new Recorder(new MediaStream([source.track, tone()]), { maxLength: Infinity });
    let failure;
    recorder.addEventListener('error', ({ detail }) => (failure = detail));
    recorder.addEventListener('pause', () => counts.pauses++);
    recorder.addEventListener('freeze', ({ detail }) => (counts.freezes += detail.ended ? 0 : 1));
    await recorder.start();
    const video = document.createElement('video');
    video.muted = true;
    document.body.replaceChildren(video);
    const player = await play(recorder.reel, video);
    let wasFollowing = player.following;
    player.addEventListener('change', () => {
      if (wasFollowing && !player.following) counts.seeksBack++;
      wasFollowing = player.following;
    });
    running = { source, recorder, video, player, counts, failed: () => failure ?? player.error };
    running.end = observed(counts, everyRound(running));
  },

  /** Ends the recording and the player; returns the counts. */
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

  /** Begins to play all of it at this speed, in a loop: by the player, or by its fragments without one. */
  async playAll(speed, way) {
    const counts = { buffered: 0, passes: 0 };
    running.counts = counts;
    const { reel, video } = running;
    running.player = await (way === 'player' ? play(reel, video, { at: 0 }) : playBare(reel, video));
    video.playbackRate = speed;
    video.onended = () => {
      counts.passes++;
      video.currentTime = 0;
      void video.play();
    };
    running.end = observed(counts, () => {});
  },

  /** How much was played, and the most that was buffered. */
  played() {
    const { reel, video, player, counts, end } = running;
    end();
    if (player.error) throw player.error;
    const seconds = counts.passes * reel.duration + video.currentTime;
    video.onended = null;
    player.close();
    return { ...counts, seconds };
  },
};

/** The least that a page can do to play a reel: its fragments, appended before they are shown and removed after. */
async function playBare(reel, video) {
  const fragments = [];
  for await (const fragment of reel.fragments()) fragments.push(fragment);
  const [init, ...media] = fragments;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise((resolve) => (source.onsourceopen = resolve));
  const buffer = source.addSourceBuffer(init.mimeType);
  const updated = () => new Promise((resolve) => (buffer.onupdateend = resolve));
  const append = async ({ data }) => {
    buffer.appendBuffer(await data.arrayBuffer());
    await updated();
  };
  const remove = async (from, to) => {
    if (to <= from || !buffer.buffered.length) return;
    buffer.remove(from, to);
    await updated();
  };
  await append(init);
  source.duration = reel.duration;
  const bare = { error: undefined, isClosed: false, close: () => (bare.isClosed = true) };
  const run = async () => {
    let next = 0;
    while (!bare.isClosed) {
      const { currentTime: time } = video;
      const end = buffer.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) : 0;
      const isThere = buffer.buffered.length && buffer.buffered.start(0) <= time && time < end + 1;
      if (!isThere) {
        await remove(0, Infinity);
        next = Math.max(
          0,
          media.findLastIndex(({ from }) => from <= time),
        );
      }
      if (next < media.length && end - time < AHEAD_S) await append(media[next++]);
      else if (next === media.length && source.readyState === 'open') source.endOfStream();
      else await new Promise((resolve) => setTimeout(resolve, TURN_MS));
      await remove(0, time - AHEAD_S);
    }
  };
  run().catch((error) => (bare.error = error));
  await video.play();
  return bare;
}

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
