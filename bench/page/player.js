// A reel that is played while it is recorded and later, by the player and in other ways.
import Hls from 'hls.js';
import { ALL_FORMATS, BlobSource, Input, VideoSampleSink } from 'mediabunny';
import { Recorder, reels } from 'trackreel';
import { play } from 'trackreel/player';
import { readCounter } from '../../www/loopback/counter.ts';
import { paint } from './painted.js';

const [WIDTH, HEIGHT, FPS] = [1280, 720, 30];
/** How long the player settles before its lateness is measured, in milliseconds. */
const SETTLE_MS = 3000;

let reel;
let file;
let fragments;

globalThis.bench = {
  /**
   * Records for this many seconds, and plays live meanwhile: from the recording itself, and in the second half from disk, as another
   * tab does. Returns by how much each picture was late, in seconds.
   */
  async record(seconds) {
    const source = paint({ width: WIDTH, height: HEIGHT, fps: FPS });
    const recorder = new Recorder(new MediaStream([source.track]), { freeze: 'keep' });
    await recorder.start();
    await reached(recorder, 1);
    const latenessOf = async (reel, until) => {
      const video = element();
      const player = await play(reel, video);
      const late = [];
      const read = await reader(video);
      const from = performance.now() + SETTLE_MS;
      while (recorder.progress.duration < until) {
        await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        const shown = read();
        if (performance.now() > from && shown !== null) late.push((source.painted() - shown) / FPS);
      }
      player.close();
      return late;
    };
    const late = await latenessOf(recorder.reel, seconds / 2);
    const lateElsewhere = await latenessOf(await reels.get(recorder.reel.id), seconds);
    await recorder.stop();
    source.stop();
    ({ reel } = recorder);
    file = await reel.export();
    fragments = [];
    for await (const fragment of reel.fragments()) fragments.push(fragment);
    return { late, lateElsewhere, duration: reel.duration, bytes: reel.bytes };
  },

  /** Opens it in a way, and seeks to each of these times: how long the first picture and each of the others took, in ms. */
  async seekAll(way, times) {
    const began = performance.now();
    const viewer = await WAYS[way]();
    const first = performance.now() - began;
    const seeks = [];
    for (const time of times) {
      const sent = performance.now();
      await viewer.show(time);
      seeks.push(performance.now() - sent);
    }
    await viewer.close();
    return { first, seeks };
  },

  /** Plays all of it at a speed; returns the most seconds that were buffered. */
  async playAll(speed) {
    const video = element();
    const player = await play(reel, video);
    video.playbackRate = speed;
    let most = 0;
    while (!video.ended) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (let i = 0; i < video.buffered.length; i++) {
        most = Math.max(most, video.buffered.end(i) - video.buffered.start(i));
      }
    }
    player.close();
    return most;
  },
};

const WAYS = {
  async player() {
    const video = element();
    const first = next(video);
    const player = await play(reel, video);
    await first;
    video.pause();
    return { show: (time) => seek(video, time), close: () => player.close() };
  },

  /** A file that is exported, in a `<video>`. */
  async file() {
    const video = element();
    const first = next(video);
    video.src = URL.createObjectURL(await reel.export());
    await first;
    return { show: (time) => seek(video, time), close: () => URL.revokeObjectURL(video.src) };
  },

  /** Fragments that are there already, as a player of HLS has them, appended where they are needed. */
  async fragments() {
    const video = element();
    const first = next(video);
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((resolve) => (source.onsourceopen = resolve));
    const [init, ...media] = fragments;
    const buffer = source.addSourceBuffer(init.mimeType);
    const append = async ({ data }) => {
      buffer.appendBuffer(await data.arrayBuffer());
      await new Promise((resolve) => (buffer.onupdateend = resolve));
    };
    const has = (time) =>
      [...Array(video.buffered.length).keys()].some(
        (i) => video.buffered.start(i) <= time && time < video.buffered.end(i),
      );
    await append(init);
    await append(media[0]);
    source.duration = reel.duration;
    await first;
    return {
      async show(time) {
        const shown = seek(video, time);
        const at = media.findLastIndex(({ from }) => from <= time);
        if (!has(time)) {
          buffer.remove(0, Infinity);
          await new Promise((resolve) => (buffer.onupdateend = resolve));
          for (const fragment of [init, ...media.slice(at, at + 2)]) await append(fragment);
        }
        await shown;
      },
      close() {},
    };
  },

  /** The same fragments, by hls.js, from a playlist as a server would have it. */
  async hls() {
    const video = element();
    const first = next(video);
    const [init, ...media] = fragments;
    const address = (data) => URL.createObjectURL(data);
    const lines = media.map(({ from, to, data }) => `#EXTINF:${to - from},\n${address(data)}`);
    const longest = Math.ceil(Math.max(...media.map(({ from, to }) => to - from)));
    const playlist = [
      `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:${longest}\n#EXT-X-PLAYLIST-TYPE:VOD`,
      `#EXT-X-MAP:URI="${address(init.data)}"`,
      ...lines,
      '#EXT-X-ENDLIST',
    ].join('\n');
    const hls = new Hls({ enableWorker: false });
    hls.on(Hls.Events.ERROR, (_, { fatal, details }) => {
      if (fatal) throw new Error(`hls.js: ${details}`);
    });
    hls.loadSource(address(new Blob([playlist], { type: 'application/vnd.apple.mpegurl' })));
    hls.attachMedia(video);
    await first;
    video.pause();
    return { show: (time) => seek(video, time), close: () => hls.destroy() };
  },

  /** The file, decoded by mediabunny. */
  async mediabunny() {
    const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
    const sink = new VideoSampleSink(await input.getPrimaryVideoTrack());
    const context = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d');
    const show = async (time) => {
      const sample = await sink.getSample(time);
      sample.draw(context, 0, 0);
      sample.close();
    };
    await show(0);
    return { show, close() {} };
  },
};

function element() {
  const video = document.createElement('video');
  video.muted = true;
  video.style.width = '640px';
  document.body.replaceChildren(video);
  return video;
}

const next = (video) => new Promise((resolve) => video.requestVideoFrameCallback(resolve));

async function seek(video, time) {
  const shown = new Promise((resolve) => (video.onseeked = resolve));
  video.currentTime = time;
  await shown;
}

const reached = (recorder, seconds) =>
  new Promise((resolve) =>
    recorder.addEventListener('progress', ({ detail }) => detail.duration >= seconds && resolve()),
  );

/** A function for the number in the picture that a video shows. */
async function reader(video) {
  const [width, height] = [320, 180];
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  return () => {
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return readCounter(
      Uint8Array.from({ length: width * height }, (_, n) => data[4 * n + 1]),
      width,
      width,
      height,
    );
  };
}
