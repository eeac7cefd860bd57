// Sends pictures as a WebRTC sender does, records what is received as the recorder does, and compares both with the pictures.
import { Module, planes } from '../../js/openh264/module.ts';
import { Scene } from '../../www/loopback/scene.ts';
import { Page } from './page-of-text.js';

const FPS = 30;
const FRAME_US = 1e6 / FPS;
/** The sender is at its bitrate by then: the recording begins with it. */
const FIRST = 30;
/** What js/capture.ts and src/recording ask for: a key frame every two seconds. */
const KEY_FRAMES = 2 * FPS;
const COLOURS = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };

onmessage = async ({ data: { call, ask } }) => {
  try {
    postMessage({ answer: await CALLS[call](ask) });
  } catch (error) {
    postMessage({ error: String(error.stack ?? error) });
  }
};

let received;

const CALLS = {
  /** Sends the pictures. Returns the likeness of the received ones, in dB, and their bitrate. */
  async send({ content, size, frames, sender }) {
    const picture = pictures(content, size);
    const { chunks, config } = await encode(sender, size, async (take) => {
      for (let n = 0; n < frames; n++) {
        const frame = frameOf(await picture(n), size, n);
        await take(frame, n === 0);
        frame.close();
      }
    });
    const recorded = chunks.filter(({ timestamp }) => numberOf(timestamp) >= FIRST);
    const shown = recorded.map(({ timestamp }) => numberOf(timestamp));
    received = { chunks, config, picture, size, shown };
    return { psnr: await compare(chunks, config), kbps: kbpsOf(recorded, shown) };
  },

  /** Records the received pictures. Returns the likeness of those in the file to the sent ones. */
  async record({ recorder }) {
    const { size, shown } = received;
    const { chunks, config } = await encode(recorder, size, (take) =>
      decode(received.chunks, received.config, async (frame) => {
        const n = numberOf(frame.timestamp);
        if (n >= FIRST) await take(frame, (n - shown[0]) % KEY_FRAMES === 0);
      }),
    );
    return { psnr: await compare(chunks, config), kbps: kbpsOf(chunks, shown), missing: shown.length - chunks.length };
  },
};

const numberOf = (timestamp) => Math.round(timestamp / FRAME_US);

function kbpsOf(chunks, shown) {
  const bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return (bytes * 8) / ((shown.length / FPS) * 1000);
}

/** Encodes what the source hands over. */
async function encode(config, { width, height }, source) {
  if (config.module) return encodeByModule(config, { width, height }, source);
  const chunks = [];
  let decoderConfig;
  let failure;
  const encoder = new VideoEncoder({
    output(chunk, metadata) {
      chunks.push(chunk);
      decoderConfig = metadata.decoderConfig ?? decoderConfig;
    },
    error: (error) => (failure = error),
  });
  encoder.configure({ width, height, framerate: FPS, latencyMode: 'realtime', avc: { format: 'avc' }, ...config });
  await source(async (frame, keyFrame) => {
    encoder.encode(frame, { keyFrame });
    // As fast as they come, but no faster than the encoder takes them: in real time none would be dropped either.
    while (encoder.encodeQueueSize > 1) await new Promise((resolve) => (encoder.ondequeue = resolve));
  });
  await encoder.flush();
  encoder.close();
  if (failure) throw failure;
  return { chunks, config: decoderConfig };
}

let compiled;

async function encodeByModule({ bitrate }, { width, height }, source) {
  compiled ??= await WebAssembly.compile(await (await fetch('/openh264.wasm')).arrayBuffer());
  const encoder = new Module(compiled);
  encoder.configure({ width, height, framerate: FPS, bitrate, mayLeaveOut: true, colour: COLOURS });
  const chunks = [];
  await source(async (frame, key) => {
    await frame.copyTo(encoder.room('I420', width, height), { layout: planes('I420', width, height) });
    const encoded = encoder.encode(frame.timestamp, key);
    if (!encoded) return;
    const { data } = encoded;
    chunks.push(new EncodedVideoChunk({ type: encoded.key ? 'key' : 'delta', timestamp: frame.timestamp, data }));
  });
  return { chunks, config: { codec: 'avc1.42c028', description: encoder.description() } };
}

/** Decodes, and hands over one frame after the other. */
async function decode(chunks, config, take) {
  let last = Promise.resolve();
  let waiting = 0;
  const decoder = new VideoDecoder({
    output(frame) {
      waiting++;
      last = last.then(async () => {
        await take(frame);
        frame.close();
        waiting--;
      });
    },
    error: (error) => console.error(error),
  });
  decoder.configure({ ...config, optimizeForLatency: true });
  for (const chunk of chunks) {
    decoder.decode(chunk);
    while (decoder.decodeQueueSize > 2) await new Promise((resolve) => (decoder.ondequeue = resolve));
    while (waiting > 4) await last;
  }
  await decoder.flush();
  await last;
  decoder.close();
}

/**
 * The PSNR of luma in dB, of the mean squared error of all received frames. For one that the chunks lack, the frame before it counts.
 */
async function compare(chunks, config) {
  const { picture, shown, size } = received;
  const { width, height } = size;
  let pixels = new Uint8Array((width * height * 3) / 2);
  let next = new Uint8Array((width * height * 3) / 2);
  let at = 0;
  let sum = 0;
  const count = async (until) => {
    for (; at < shown.length && shown[at] < until; at++)
      sum += errorOf(pixels, await picture(shown[at]), width * height);
  };
  await decode(chunks, config, async (frame) => {
    if (numberOf(frame.timestamp) < FIRST) return;
    await frame.copyTo(next, { layout: planes('I420', width, height) });
    await count(numberOf(frame.timestamp));
    [pixels, next] = [next, pixels];
  });
  await count(Infinity);
  return 10 * Math.log10((255 ** 2 * width * height * shown.length) / sum);
}

function errorOf(pixels, source, length) {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const difference = pixels[i] - source[i];
    sum += difference * difference;
  }
  return sum;
}

/** A function for picture number `n` of a content, as I420. */
function pictures(content, { width, height }) {
  if (content.url) {
    const bytes = (width * height * 3) / 2;
    return async (n) => {
      const range = { Range: `bytes=${n * bytes}-${(n + 1) * bytes - 1}` };
      return new Uint8Array(await (await fetch(content.url, { headers: range })).arrayBuffer());
    };
  }
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  const drawing = content.drawn === 'text' ? new Page(context) : new Scene(context, FPS);
  return async (n) => {
    drawing.draw(n);
    return i420Of(context.getImageData(0, 0, width, height));
  };
}

/** BT.709, of limited range. */
function i420Of({ data, width, height }) {
  const out = new Uint8Array((width * height * 3) / 2);
  for (let i = 0, p = 0; i < width * height; i++, p += 4) {
    out[i] = 16.5 + 0.1826 * data[p] + 0.6142 * data[p + 1] + 0.062 * data[p + 2];
  }
  let u = width * height;
  let v = u * 1.25;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const p = 4 * (y * width + x);
      const q = p + 4 * width;
      const mean = (c) => (data[p + c] + data[p + c + 4] + data[q + c] + data[q + c + 4]) / 4;
      const [r, g, b] = [mean(0), mean(1), mean(2)];
      out[u++] = 128.5 - 0.1006 * r - 0.3386 * g + 0.4392 * b;
      out[v++] = 128.5 + 0.4392 * r - 0.3989 * g - 0.0403 * b;
    }
  }
  return out;
}

function frameOf(data, { width: codedWidth, height: codedHeight }, n) {
  const timestamp = Math.round(n * FRAME_US);
  return new VideoFrame(data, { format: 'I420', codedWidth, codedHeight, timestamp, colorSpace: COLOURS });
}
