// Asks the encoders of the other worker, as the recorder would.
import { standInOver, type StandInConstructor } from '../../js/stand-in/encoder.js';
import { Picture } from '../corpus/picture.js';
import { CONTENTS } from '../corpus/contents.js';

interface Output {
  chunk: EncodedVideoChunk;
  config: VideoDecoderConfig | undefined;
}

let Encoder: StandInConstructor<'openH264'>;
let opened: Promise<unknown>;

self.onmessage = async ({ data }: MessageEvent<MessagePort | keyof typeof SCENES>) => {
  if (typeof data !== 'string') {
    opened = standInOver<'openH264'>(data, (parts) => new EncodedVideoChunk(parts)).then(
      (created) => (Encoder = created),
    );
    // The error is reported when an encoder is requested.
    opened.catch(() => {});
    return;
  }
  try {
    await opened;
    postMessage({ answer: await SCENES[data]() });
  } catch (error) {
    postMessage({ error: String((error as Error).stack) + String(error) });
  }
};

/** An encoder whose outputs and errors are kept. */
function start(config: Partial<VideoEncoderConfig> = {}) {
  const outputs: Output[] = [];
  let fail: (error: DOMException) => void;
  const failed = new Promise<DOMException>((resolve) => (fail = resolve));
  const encoder = new Encoder({
    output: (chunk, metadata) => outputs.push({ chunk, config: metadata?.decoderConfig }),
    error: (error) => fail(error),
  });
  encoder.configure({ ...CONFIG, ...config });
  return { encoder, outputs, failed };
}

const CONFIG = { codec: 'avc1.42c01f', width: 320, height: 180, bitrate: 2_000_000, framerate: 30 };

const at = (n: number) => n * 33_333;
const picture = (n: number, width = 320, height = 180) => CONTENTS.head(n, width, height);

function feed(encoder: InstanceType<StandInConstructor<'openH264'>>, frame: VideoFrame, keyFrame = false): void {
  encoder.encode(frame, { keyFrame });
  frame.close();
}

const SCENES = {
  async decodes() {
    const { encoder, outputs } = start();
    const colorSpace = { primaries: 'smpte170m', transfer: 'bt709', matrix: 'smpte170m', fullRange: true } as const;
    for (let n = 0; n < 30; n++) {
      const init = { format: 'I420', codedWidth: 320, codedHeight: 180, timestamp: at(n), colorSpace } as const;
      feed(encoder, new VideoFrame(picture(n).data, init), n === 20);
    }
    await encoder.flush();
    encoder.close();
    const frames = await decoded(outputs);
    const last = await pixels(frames.at(-1)!);
    const configs = outputs.flatMap(({ config }) => config ?? []);
    const answer = {
      types: outputs.map(({ chunk }) => chunk.type),
      timestamps: outputs.map(({ chunk }) => chunk.timestamp),
      configs: configs.map((config) => ({ ...config, description: config.description!.byteLength })),
      decoded: frames.map(({ timestamp }) => timestamp),
      likeness: psnr(last, picture(29).luma),
    };
    for (const frame of frames) frame.close();
    return answer;
  },

  async keepsFrames() {
    const { encoder, outputs } = start();
    const frame = picture(0).frame(0);
    for (let n = 0; n < 5; n++) encoder.encode(frame);
    const queued = encoder.encodeQueueSize;
    await encoder.flush();
    const answer = { format: frame.format, queued, left: encoder.encodeQueueSize, outputs: outputs.length };
    frame.close();
    const ready = encoder.state;
    encoder.close();
    return { ...answer, ready };
  },

  /** How close the output is to a picture, for every layout of a frame. */
  async layouts() {
    const source = picture(10);
    const planar = source.frame(0);
    const canvas = new OffscreenCanvas(320, 180);
    const context = canvas.getContext('2d')!;
    context.drawImage(planar, 0, 0);
    const painted = new VideoFrame(canvas, { timestamp: 0 });
    const { data } = context.getImageData(0, 0, 320, 180);
    const rgba = { codedWidth: 320, codedHeight: 180, timestamp: 0 };
    const nv12 = source.data.slice();
    const luma = source.luma.length;
    for (let i = 0; i < luma / 4; i++) nv12.set([source.data[luma + i]!, source.data[luma * 1.25 + i]!], luma + 2 * i);
    const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const;
    const padded = new Uint8Array((384 * 216 * 3) / 2).fill(90);
    const wide = new Picture(384, 216);
    wide.data.set(padded);
    for (let y = 0; y < 180; y++) wide.luma.set(source.luma.subarray(y * 320, y * 320 + 320), (y + 16) * 384 + 32);
    const crop = (x: number) => ({
      ...({ format: 'I420', codedWidth: 384, codedHeight: 216, timestamp: 0, colorSpace } as const),
      visibleRect: { x, y: 16, width: 320, height: 180 },
    });
    const frames: Record<string, VideoFrame> = {
      I420: planar.clone(),
      NV12: new VideoFrame(nv12, { ...rgba, format: 'NV12', colorSpace }),
      RGBA: new VideoFrame(data, { ...rgba, format: 'RGBA' }),
      RGBX: new VideoFrame(data, { ...rgba, format: 'RGBX' }),
      painted,
      cropped: new VideoFrame(wide.data, crop(32)),
      smaller: picture(10, 640, 360).frame(0),
      larger: picture(10, 160, 90).frame(0),
    };
    planar.close();
    const likeness: Record<string, number> = {};
    for (const [name, frame] of Object.entries(frames)) {
      const { encoder, outputs } = start({ bitrate: 5_000_000 });
      for (let n = 0; n < 3; n++) encoder.encode(frame);
      frame.close();
      await encoder.flush();
      encoder.close();
      const shown = await decoded(outputs);
      // A scaled picture is another one: the same head, more or less sharp.
      const allowance = name === 'smaller' || name === 'larger' ? 8 : 0;
      likeness[name] = psnr(await pixels(shown.at(-1)!), source.luma) + allowance;
      for (const one of shown) one.close();
    }
    return likeness;
  },

  async reconfigures() {
    const { encoder, outputs } = start();
    const sizes = [
      [320, 180],
      [640, 360],
      [180, 320],
    ] as const;
    let n = 0;
    for (const [width, height] of sizes) {
      if (n) encoder.configure({ ...CONFIG, width, height });
      for (let i = 0; i < 3; i++, n++) feed(encoder, picture(n, width, height).frame(at(n)));
    }
    await encoder.flush();
    encoder.close();
    return outputs.flatMap(({ config }, at) =>
      config ? [{ at, size: `${config.codedWidth}x${config.codedHeight}` }] : [],
    );
  },

  async recolours() {
    const { encoder, outputs } = start();
    for (let n = 0; n < 4; n++) {
      const matrix = n < 2 ? ('bt709' as const) : ('smpte170m' as const);
      const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix, fullRange: false } as const;
      const init = { format: 'I420', codedWidth: 320, codedHeight: 180, timestamp: at(n), colorSpace } as const;
      feed(encoder, new VideoFrame(picture(n).data, init));
    }
    await encoder.flush();
    encoder.close();
    return outputs.flatMap(({ chunk, config }, at) =>
      chunk.type === 'key' ? [{ at, matrix: config?.colorSpace?.matrix }] : [],
    );
  },

  async shares() {
    const pair = [start(), start({ width: 160, height: 90 })];
    for (let n = 0; n < 4; n++) {
      feed(pair[0]!.encoder, picture(n).frame(at(n)));
      feed(pair[1]!.encoder, picture(n, 160, 90).frame(1e6 + at(n)));
    }
    await Promise.all(pair.map(({ encoder }) => encoder.flush()));
    return pair.map(({ encoder, outputs }) => {
      encoder.close();
      const configs = outputs.flatMap(({ config }) => config ?? []);
      return {
        sizes: configs.map(({ codedWidth, codedHeight }) => `${codedWidth}x${codedHeight}`),
        timestamps: outputs.map(({ chunk }) => chunk.timestamp),
      };
    });
  },

  async closes() {
    const { encoder, outputs } = start();
    for (let n = 0; n < 5; n++) feed(encoder, picture(n).frame(at(n)));
    const flushed = encoder.flush().catch(({ name }: DOMException) => name);
    encoder.close();
    const { state } = encoder;
    const flush = await flushed;
    // The flush of another encoder is answered after any late output of this one.
    const other = start();
    await other.encoder.flush();
    other.encoder.close();
    const thrown = (call: () => void) => {
      try {
        call();
      } catch (error) {
        return (error as DOMException).name;
      }
      return undefined;
    };
    const frame = picture(0).frame(0);
    const answer = {
      state,
      outputs: outputs.length,
      flush,
      encode: thrown(() => encoder.encode(frame)),
      configure: thrown(() => encoder.configure(CONFIG)),
      close: thrown(() => encoder.close()),
      early: thrown(() => new Encoder({ output() {}, error() {} }).encode(frame)),
    };
    frame.close();
    return answer;
  },

  async fails() {
    const healthy = start();
    const outcome = async (config: Partial<VideoEncoderConfig>) => {
      const { encoder, failed } = start(config);
      for (let n = 0; n < 3; n++) feed(encoder, picture(n).frame(at(n)));
      const { name, message } = await failed;
      return { name, message, state: encoder.state };
    };
    const odd = await outcome({ width: 321 });
    const large = await outcome({ width: 8192, height: 4320 });
    feed(healthy.encoder, picture(0).frame(0));
    await healthy.encoder.flush();
    healthy.encoder.close();
    return { odd, large, after: healthy.outputs.length };
  },

  async crashes() {
    const { encoder, failed } = start();
    feed(encoder, picture(0).frame(0));
    feed(encoder, picture(1).frame(at(1)));
    const flushed = encoder.flush().catch(({ name }: DOMException) => name);
    const { name, message } = await failed;
    return { name, message, state: encoder.state, flush: await flushed };
  },

  async manyFrames() {
    const { encoder, outputs } = start({ width: 160, height: 90 });
    const own = Array.from({ length: 20 }, (_, n) => picture(n, 160, 90));
    for (let n = 0; n < 600; n++) {
      feed(encoder, own[n % 20]!.frame(at(n)));
      if (n % 30 === 29) await encoder.flush();
    }
    encoder.close();
    // Garbage is collected meanwhile, and open frames with it.
    for (let i = 0; i < 50; i++) new Uint8Array(8e6).fill(i);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return outputs.length;
  },
};

async function decoded(outputs: Output[]): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  const decoder = new VideoDecoder({ output: (frame) => frames.push(frame), error: (error) => console.error(error) });
  for (const { chunk, config } of outputs) {
    if (config) decoder.configure(config);
    decoder.decode(chunk);
  }
  await decoder.flush();
  decoder.close();
  return frames;
}

/** The luma. */
async function pixels(frame: VideoFrame): Promise<Uint8Array> {
  const all = new Uint8Array(frame.allocationSize());
  const [plane] = await frame.copyTo(all);
  const { width, height } = frame.visibleRect!;
  const luma = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = plane!.offset + y * plane!.stride;
    luma.set(all.subarray(from, from + width), y * width);
  }
  return luma;
}

function psnr(a: Uint8Array, b: Uint8Array): number {
  const sum = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * a.length) / sum);
}
