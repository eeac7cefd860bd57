// Encodes the same pictures in every way there is, one after the other, in the worker where a recorder would.
import { Module, planes } from '../../js/openh264/module.ts';
import { camera } from './pictures.js';

const FPS = 30;
const COLOURS = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };

const modules = new Map();
const pictures = new Map();

onmessage = async ({ data: { call, ask } }) => {
  try {
    postMessage({ answer: await CALLS[call](ask) });
  } catch (error) {
    postMessage({ error: String(error.stack ?? error) });
  }
};

const CALLS = {
  /** Milliseconds a frame. */
  async speed({ contender, size, bitrate, frames }) {
    const { width, height } = size;
    const from = await framesOf(size, frames);
    const run = await CONTENDERS[contender]({ width, height, bitrate, from, size });
    const started = performance.now();
    await run();
    const taken = (performance.now() - started) / frames;
    for (const frame of from) frame.close();
    return taken;
  },

  /** How close the decoded pictures are to the sources, and in how many bits. */
  async quality({ contender, size, bitrate, frames }) {
    const from = await framesOf(size, frames);
    const run = await CONTENDERS[contender]({ ...size, bitrate, from, size });
    const { chunks, config } = await run();
    for (const frame of from) frame.close();
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const likeness = await compare(chunks, config, size);
    const kbps = (bytes * 8) / (frames / FPS) / 1000;
    return { kbps, shown: likeness.length, psnr: likeness.reduce((sum, db) => sum + db, 0) / likeness.length };
  },
};

/** Each sets up an encoder, and returns a function that encodes all frames with it. */
const CONTENDERS = {
  simd: (task) => ours('openh264.wasm', task),
  scalar: (task) => ours('scalar.wasm', task),
  baseline: (task) => webCodecs('avc1.42E0', task),
  high: (task) => webCodecs('avc1.6400', task),

  /** At its fastest, and without the conversion that it could do as well. */
  async peer({ width, height, bitrate, from, size }) {
    // A script that makes a global, which a module can't import.
    if (!globalThis.HME) (0, eval)(await (await fetch('/peer.js')).text());
    const encoder = await globalThis.HME.createH264MP4Encoder();
    Object.assign(encoder, {
      width,
      height,
      frameRate: FPS,
      kbps: bitrate / 1000,
      speed: 10,
      groupOfPictures: from.length,
    });
    encoder.initialize();
    return () => {
      for (let n = 0; n < from.length; n++) encoder.addFrameYuv(picture(size, n));
      encoder.finalize();
      encoder.delete();
    };
  },
};

async function ours(name, { width, height, bitrate, from }) {
  if (!modules.has(name)) modules.set(name, await WebAssembly.compile(await (await fetch(`/${name}`)).arrayBuffer()));
  const encoder = new Module(modules.get(name));
  encoder.configure({ width, height, framerate: FPS, bitrate, mayLeaveOut: true, colour: COLOURS });
  return async () => {
    const chunks = [];
    for (const frame of from) {
      await frame.copyTo(encoder.room('I420', width, height), { layout: planes('I420', width, height) });
      const encoded = encoder.encode(frame.timestamp, chunks.length === 0);
      if (!encoded) continue;
      const { key, data } = encoded;
      chunks.push(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp: frame.timestamp, data }));
    }
    return { chunks, config: { codec: 'avc1.42c028', description: encoder.description() } };
  };
}

async function webCodecs(profile, { width, height, bitrate, from }) {
  const level = width * height > 1280 * 720 ? '28' : '1F';
  const chunks = [];
  let config;
  const encoder = new VideoEncoder({
    output(chunk, { decoderConfig }) {
      chunks.push(chunk);
      config = decoderConfig ?? config;
    },
    error: (error) => console.error(error),
  });
  encoder.configure({
    codec: profile + level,
    width,
    height,
    bitrate,
    framerate: FPS,
    latencyMode: 'realtime',
    hardwareAcceleration: 'prefer-software',
    avc: { format: 'avc' },
  });
  return async () => {
    for (const [n, frame] of from.entries()) {
      encoder.encode(frame, { keyFrame: n === 0 });
      // Two at once are what keeps it busy; more would only take memory.
      while (encoder.encodeQueueSize > 1) await new Promise((resolve) => (encoder.ondequeue = resolve));
    }
    await encoder.flush();
    encoder.close();
    return { chunks, config };
  };
}

/** The PSNR of luma in dB, of the pictures that are shown: a dropped one is shown as the one before. */
async function compare(chunks, config, size) {
  const likeness = [];
  const { width, height } = size;
  const pixels = new Uint8Array((width * height * 3) / 2);
  let last = Promise.resolve();
  const decoder = new VideoDecoder({
    output(frame) {
      last = last.then(async () => {
        await frame.copyTo(pixels, { layout: planes('I420', width, height) });
        const source = picture(size, Math.round((frame.timestamp * FPS) / 1e6));
        frame.close();
        let sum = 0;
        for (let i = 0; i < width * height; i++) sum += (pixels[i] - source[i]) ** 2;
        likeness.push(10 * Math.log10((255 ** 2 * width * height) / sum));
      });
    },
    error: (error) => console.error(error),
  });
  decoder.configure(config);
  for (const chunk of chunks) {
    decoder.decode(chunk);
    while (decoder.decodeQueueSize > 4) await new Promise((resolve) => (decoder.ondequeue = resolve));
  }
  await decoder.flush();
  await last;
  decoder.close();
  return likeness;
}

/** Forwards and backwards over two seconds. */
function picture(size, n) {
  const name = `${size.width}x${size.height}`;
  if (!pictures.has(name)) {
    const draw = camera(size.width, size.height);
    pictures.set(
      name,
      Array.from({ length: size.pictures }, (_, n) => draw(n)),
    );
  }
  const all = pictures.get(name);
  const at = n % (2 * all.length - 2);
  return all[at < all.length ? at : 2 * all.length - 2 - at];
}

function framesOf(size, count) {
  const { width: codedWidth, height: codedHeight } = size;
  return Array.from({ length: count }, (_, n) => {
    const timestamp = Math.round((n * 1e6) / FPS);
    return new VideoFrame(picture(size, n), {
      format: 'I420',
      codedWidth,
      codedHeight,
      timestamp,
      colorSpace: COLOURS,
    });
  });
}
