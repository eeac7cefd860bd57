import type { Page } from '@playwright/test';
import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { begin, finish, type Result } from './support/take.js';
import { expectPlayable, Witness } from './support/witness.js';

/** Records two seconds with encoders that were tampered with; the file has to be as good as any. */
async function record(page: Page, tamper: () => void, losesStart = false): Promise<Result> {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(page, tamper);
  await begin(page);
  await page.evaluate(() => take.recordFor(2));
  const result = await finish(page);
  expectPlayable(result.movie);
  if (!losesStart) await witness.expectFaithful(result.movie, result.progress);
  return result;
}

// Some versions of Safari threw, which ended the recording before it began.
test('a browser that throws when it is asked for its codecs', async ({ page }) => {
  const { movie } = await record(page, () => {
    const { isConfigSupported } = VideoEncoder;
    VideoEncoder.isConfigSupported = (config) => {
      if (config.codec.startsWith('avc1.64')) throw new TypeError('on purpose');
      return isConfigSupported(config);
    };
  });
  expect(movie.stream).toMatchObject({ codec_name: 'h264', profile: 'Main' });
});

test('a browser that reports to encode what it does not', async ({ page }) => {
  const { movie, progress } = await record(page, () => {
    const { isConfigSupported } = VideoEncoder;
    VideoEncoder.isConfigSupported = async (config) => ({
      ...(await isConfigSupported(config)),
      supported: true,
      config,
    });
    const { configure } = VideoEncoder.prototype;
    VideoEncoder.prototype.configure = function (config) {
      configure.call(this, { ...config, ...(config.codec.startsWith('avc1.64') && { codec: 'avc1.6e001f' }) });
    };
  });
  expect(movie.stream).toMatchObject({ codec_name: 'h264', profile: 'Main' });
  expect(progress.drops.encoder, 'it is detected before the first frame').toBe(0);
});

// Of the frames that come before start() resolves, the browser keeps two seconds'.
test('a browser that never answers', async ({ page }) => {
  const { movie } = await record(
    page,
    () => {
      const { isConfigSupported } = VideoEncoder;
      VideoEncoder.isConfigSupported = (config) =>
        config.hardwareAcceleration === 'prefer-hardware' && config.codec.startsWith('avc1.64')
          ? new Promise(() => {})
          : isConfigSupported(config);
    },
    true,
  );
  expect(movie.stream).toMatchObject({ codec_name: 'h264', profile: 'High' });
});

/** Encoders of High and Main that give pictures back as those with B-frames do: the fourth before the second and third. */
const reorder = () => {
  globalThis.VideoEncoder = class extends VideoEncoder {
    #isReordering = false;

    constructor({ output, error }: VideoEncoderInit) {
      const held: (() => void)[] = [];
      super({
        error,
        output: (chunk, metadata) => {
          if (!this.#isReordering || metadata?.decoderConfig) return output(chunk, metadata);
          if (held.push(() => output(chunk, metadata)) < 3) return;
          const [second, third, fourth] = held.splice(0, 3);
          for (const emit of [fourth!, second!, third!]) emit();
        },
      });
    }

    override configure(config: VideoEncoderConfig) {
      const late = (globalThis as { reordersLate?: boolean }).reordersLate;
      this.#isReordering = !config.codec.startsWith('avc1.42') && !(late && config.width === 1280);
      super.configure(config);
    }

    // No picture needs one that comes after it.
    override encode(frame: VideoFrame) {
      super.encode(frame, { keyFrame: true });
    }
  };
};

// Firefox's encoder does so. The pictures that came too late were missing.
test('an encoder that reorders is found out before the first frame, and another profile taken', async ({ page }) => {
  const { movie, progress } = await record(page, reorder);
  expect(movie.stream).toMatchObject({ codec_name: 'h264', profile: 'Constrained Baseline', has_b_frames: 0 });
  expect(progress.drops.encoder).toBe(0);
});

test('an encoder that reorders only at the size of the track is replaced', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(page, () => void Object.assign(globalThis, { reordersLate: true }));
  await patchWorkers(page, reorder);
  await begin(page);
  await page.evaluate(() => take.recordFor(3));
  const { movie, progress } = await finish(page);
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(progress.codec, 'Main does so as well').toMatch(/^avc1\.42/);
  expect(progress.drops.encoder, 'frames out of order').toBeGreaterThan(0);
  expect(progress.drops.encoder, 'and frames in the encoder').toBeLessThan(30);
});

// Such files did not play anywhere.
for (const [name, hasDescription] of [
  ['alone', false],
  ['with a description', true],
] as const) {
  test(`start codes where lengths were asked for (${name})`, async ({ page }) => {
    const tamper = `() => {
      globalThis.VideoEncoder = class extends VideoEncoder {
        constructor({ output, error }) {
          let config;
          super({
            error,
            output: (chunk, metadata) => {
              config = metadata?.decoderConfig ?? config;
              const { description, ...rest } = config;
              const decoderConfig = ${hasDescription} ? config : rest;
              output(chunk, metadata?.decoderConfig && { ...metadata, decoderConfig });
            },
          });
        }
        configure(config) {
          super.configure({ ...config, avc: { format: 'annexb' } });
        }
      };
    }`;
    const { movie } = await record(page, eval(tamper));
    expect(movie.stream).toMatchObject({ codec_name: 'h264', profile: 'High', is_avc: 'true', nal_length_size: '4' });
  });
}

// Firefox's encoder holds 40 frames: a crash lost two seconds.
test('an encoder that waits for more than it needs is made to give what it has', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(page, () => {
    globalThis.VideoEncoder = class extends VideoEncoder {
      readonly #held: (() => void)[];

      constructor({ output, error }: VideoEncoderInit) {
        const held: (() => void)[] = [];
        super({ error, output: (...args) => held.push(() => output(...args)) > 40 && held.shift()!() });
        this.#held = held;
      }

      override async flush() {
        await super.flush();
        for (const emit of this.#held.splice(0)) emit();
      }
    };
  });
  await begin(page);
  await page.evaluate(() => {
    const held = ({ received, frames, drops }: typeof take.recorder.progress) =>
      received - frames - Object.values(drops).reduce((sum, count) => sum + count, 0);
    return lab.reached(take.recorder, (progress) => progress.duration > 3 && held(progress) < 12);
  });
  const { movie, progress } = await finish(page);
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(progress.drops.encoder).toBe(0);
});

// NVENC and VideoToolbox take 5 to 7 s to their first chunk. They counted as broken, and the processor encoded for an hour.
test('a slow encoder in hardware takes over once it answers, and nothing is lost', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(page, () => {
    const channel = new BroadcastChannel('hardware');
    const isHardware = ({ hardwareAcceleration }: VideoEncoderConfig) => hardwareAcceleration === 'prefer-hardware';
    const onProcessor = (config: VideoEncoderConfig) => ({ ...config, hardwareAcceleration: 'no-preference' }) as const;
    /** Settles when the page sends a message. */
    const awake = new Promise((resolve) => (channel.onmessage = resolve));
    const Native = VideoEncoder;
    globalThis.VideoEncoder = class extends Native {
      #isHardware = false;

      constructor({ output, error }: VideoEncoderInit) {
        super({
          error,
          output: (...args) => (this.#isHardware ? void awake.then(() => output(...args)) : output(...args)),
        });
      }

      static override isConfigSupported(config: VideoEncoderConfig) {
        return Native.isConfigSupported(onProcessor(config));
      }

      override configure(config: VideoEncoderConfig) {
        this.#isHardware = isHardware(config);
        super.configure(onProcessor(config));
      }

      override encode(frame: VideoFrame, options: VideoEncoderEncodeOptions) {
        super.encode(frame, options);
        if (this.#isHardware) channel.postMessage('encodes');
      }

      override async flush() {
        await super.flush();
        if (this.#isHardware) await awake;
      }
    };
  });
  await begin(page);
  await page.evaluate(async () => {
    await take.recordFor(1);
    const channel = new BroadcastChannel('hardware');
    const takesOver = new Promise((resolve) => (channel.onmessage = resolve));
    channel.postMessage('awake');
    await takesOver;
    await take.recordFor(1.5);
  });
  const { movie, progress } = await finish(page);
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(progress.drops.encoder).toBe(0);
});
