// Several recorders at once, each of a track of its own, whose pictures carry the number of their track and their own.
import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input, VideoSampleSink } from 'mediabunny';
import { Recorder } from 'trackreel';
import { drawCounter, readCounter } from '../../www/loopback/counter.ts';
import { frameOf, scroll } from './synthetic.js';

const SOURCES = [
  { width: 320, height: 180, fps: 30, options: { codec: 'h264' } },
  { width: 480, height: 270, fps: 24, options: { codec: 'h264', freeze: 'keep' } },
  { width: 320, height: 240, fps: 30, options: { codec: 'vp9' } },
  { width: 640, height: 360, fps: 30, options: { codec: 'h264', freeze: 'hold', bitrate: 1_500_000 } },
];
/** The counter has 24 bits: the track's number is before the picture's. */
const NUMBER_BITS = 20;
const NUMBERS = 2 ** NUMBER_BITS;

let running;

globalThis.bench = {
  /** Starts all of them; returns their names. */
  async start() {
    running = SOURCES.map((source, identity) => record(source, identity + 1));
    await Promise.all(running.map(({ recorder }) => recorder.start()));
    // Only now, so that each painted picture is received.
    for (const { paint } of running) paint();
    return SOURCES.map(({ width, height, fps, options }) => `${options.codec} ${width}×${height} at ${fps} fps`);
  },

  /** Encodes the same sources without a recorder. */
  startBare() {
    running = SOURCES.map((source, identity) => encodeBare(source, identity + 1));
    for (const { paint } of running) paint();
  },

  /** Stops the encoders that run without a recorder. */
  stopBare() {
    for (const { stop, failures } of running) {
      stop();
      if (failures.length) throw failures[0];
    }
  },

  /** Exports what one of them has so far, as a Blob to be read elsewhere; returns how many frames it had kept before. */
  async export(index) {
    const { recorder } = running[index];
    const kept = recorder.progress.frames;
    globalThis.exported = await recorder.export();
    return kept;
  },

  /** Stops all of them; returns the counts of each. */
  async stop() {
    await Promise.all(running.map((one) => one.stop()));
    return running.map(({ recorder, failures, painted }) => {
      if (failures.length) throw failures[0];
      return { painted: painted(), ...recorder.progress };
    });
  },

  /** Decodes one of the files, checks the track and the order of its pictures, and deletes the reel. */
  async read(index) {
    const { recorder } = running[index];
    const blob = await recorder.reel.export();
    const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
    const sink = new VideoSampleSink(await input.getPrimaryVideoTrack());
    const found = { samples: await samplesOf(blob), frames: 0, mixedUp: 0, unreadable: 0, notRising: 0 };
    let last = -1;
    for await (const picture of sink.samples()) {
      const counter = await counterOf(picture);
      picture.close();
      found.frames++;
      if (counter === null) found.unreadable++;
      else if (Math.floor(counter / NUMBERS) !== index + 1) found.mixedUp++;
      else {
        const number = counter % NUMBERS;
        if (number <= last) found.notRising++;
        last = number;
      }
    }
    await recorder.reel.delete();
    return found;
  },
};

function record(source, identity) {
  const painted = paintedTrack(source, identity);
  const recorder = new Recorder(painted.track, { ...source.options, maxFps: Infinity, maxLength: Infinity });
  recorder.addEventListener('error', ({ detail }) => painted.failures.push(detail));
  return {
    ...painted,
    recorder,
    async stop() {
      painted.stop();
      await recorder.stop();
    },
  };
}

/** Encodes the same source with the least that a page can do, and discards the output. */
function encodeBare(source, identity) {
  const painted = paintedTrack(source, identity);
  const { width, height, fps, options } = source;
  const worker = new Worker(new URL('./bare.worker.js', import.meta.url));
  worker.onmessage = ({ data }) => data.error && painted.failures.push(new Error(data.error));
  const { readable } = new MediaStreamTrackProcessor({ track: painted.track, maxBufferSize: 60 });
  const codec = options.codec === 'vp9' ? 'vp09.00.21.08' : 'avc1.42e01e';
  const bitrate = options.bitrate ?? 1_000_000;
  const config = { codec, width, height, framerate: fps, bitrate, latencyMode: 'realtime' };
  worker.postMessage({ readable, config, keyFrameUs: 2_000_000 }, [readable]);
  return painted;
}

/** A track whose pictures are painted once it is asked for them. */
function paintedTrack({ width, height, fps }, identity) {
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = generator.writable.getWriter();
  const picture = scroll(width, height);
  const failures = [];
  let n = 0;
  let timer;
  const next = () => {
    const luma = picture(n);
    drawCounter(lumaContext(luma, width), identity * NUMBERS + n, width, height);
    const frame = frameOf(luma, width, height, Math.round(performance.now() * 1000));
    n++;
    writer.write(frame).catch((error) => failures.push(error));
  };
  return {
    track: generator,
    failures,
    painted: () => n,
    paint() {
      const started = performance.now();
      let turn = 0;
      const due = () => {
        next();
        // By the clock, so that late timers don't lower the rate, nor early ones raise it; pictures that are too late are dropped.
        turn = Math.max(turn, Math.floor(((performance.now() - started) * fps) / 1000)) + 1;
        timer = setTimeout(due, started + (turn * 1000) / fps - performance.now());
      };
      due();
    },
    stop: () => clearTimeout(timer),
  };
}

/** What drawing a counter takes of a 2D context, on a luma plane. */
function lumaContext(luma, width) {
  return {
    fillStyle: '#000',
    fillRect(left, top, across, down) {
      const level = this.fillStyle === '#fff' ? 235 : 16;
      for (let y = top; y < top + down; y++) luma.fill(level, y * width + left, y * width + left + across);
    },
  };
}

async function counterOf(picture) {
  const { codedWidth, codedHeight } = picture;
  const pixels = new Uint8Array(picture.allocationSize());
  const [{ offset, stride }] = await picture.copyTo(pixels);
  return readCounter(pixels.subarray(offset), stride, codedWidth, codedHeight);
}

/** Counted by reading the samples, since the index may be wrong. */
async function samplesOf(blob) {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const packets = new EncodedPacketSink(await input.getPrimaryVideoTrack());
  let samples = 0;
  for await (const { data } of packets.packets()) if (data.length > 0) samples++;
  return samples;
}
