// Several recorders at once, each of a track of its own, whose pictures say whose they are and which.
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
/** The counter has 24 bits: whose it is comes before which it is. */
const NUMBER_BITS = 20;
const NUMBERS = 2 ** NUMBER_BITS;

let running;

globalThis.bench = {
  /** Starts all of them; gives what they are called. */
  async start() {
    running = SOURCES.map((source, identity) => record(source, identity + 1));
    await Promise.all(running.map(({ recorder }) => recorder.start()));
    // Only now, so that what is painted is what is received.
    for (const { paint } of running) paint();
    return SOURCES.map(({ width, height, fps, options }) => `${options.codec} ${width}×${height} at ${fps} fps`);
  },

  /** Exports what one of them has so far, as a Blob to be read elsewhere; gives how many frames it had kept before. */
  async export(index) {
    const { recorder } = running[index];
    const kept = recorder.progress.frames;
    globalThis.exported = await recorder.export();
    return kept;
  },

  /** Stops all of them, and gives what each has counted. */
  async stop() {
    await Promise.all(running.map((one) => one.stop()));
    return running.map(({ recorder, failures, painted }) => {
      if (failures.length) throw failures[0];
      return { painted: painted(), ...recorder.progress };
    });
  },

  /** Decodes one of the files, looks whose each picture is and whether they rise, and deletes the reel. */
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

function record({ width, height, fps, options }, identity) {
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = generator.writable.getWriter();
  const picture = scroll(width, height);
  const recorder = new Recorder(generator, { ...options, maxFps: Infinity, maxLength: Infinity });
  const failures = [];
  recorder.addEventListener('error', ({ detail }) => failures.push(detail));
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
    recorder,
    failures,
    painted: () => n,
    paint() {
      const started = performance.now();
      let turn = 0;
      const due = () => {
        next();
        // By the clock, so that late timers don't lower the rate, nor early ones raise it; what is too late is left out.
        turn = Math.max(turn, Math.floor(((performance.now() - started) * fps) / 1000)) + 1;
        timer = setTimeout(due, started + (turn * 1000) / fps - performance.now());
      };
      due();
    },
    async stop() {
      clearTimeout(timer);
      await recorder.stop();
    },
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

/** Counted by reading them, since the index could say anything. */
async function samplesOf(blob) {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const packets = new EncodedPacketSink(await input.getPrimaryVideoTrack());
  let samples = 0;
  for await (const { data } of packets.packets()) if (data.length > 0) samples++;
  return samples;
}
