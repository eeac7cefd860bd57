import type { Picture, PictureSources } from './messages.js';
import type { PlainError } from './errors.js';

/** How many samples wait in the decoder at most. */
const MOST_WAITING = 16;

/** What was asked for before: one call after another, so that no more than one decoder is at work. */
let before: Promise<unknown> = Promise.resolve();

/** Decodes pictures, and makes images of them. No more than one decoded frame is open at a time. */
export function paint(sources: Promise<PictureSources>): Promise<Picture[]> {
  const painted = before.then(async () => paintAll(await sources));
  before = painted.catch(() => {});
  return painted;
}

async function paintAll({ width, type, quality, sources }: PictureSources): Promise<Picture[]> {
  const painted: Picture[] = [];
  let newest: VideoFrame | undefined;
  let failure: unknown;
  if (typeof VideoDecoder === 'undefined') throw unsupported('it has no VideoDecoder');
  const decoder = new VideoDecoder({
    output: (frame) => {
      newest?.close();
      newest = frame;
    },
    error: (error) => (failure = error),
  });
  try {
    let configured: VideoDecoderConfig | undefined;
    for (const { times, config, parts } of sources) {
      if (config !== configured) {
        const { supported } = await VideoDecoder.isConfigSupported(config);
        if (!supported) throw unsupported(`it does not decode ${config.codec}`);
        decoder.configure((configured = config));
      }
      await decode(decoder, parts);
      if (!newest) throw unsupported(`${config.codec}: ${failure ?? 'no picture'}`);
      const canvas = draw(newest, width);
      newest.close();
      newest = undefined;
      const picture = await canvas.convertToBlob({ type, quality });
      // One that makes no such image makes another.
      if (picture.type !== type) throw unsupported(`it makes no ${type}`);
      for (const time of times) painted.push({ time, picture });
    }
    return painted;
  } catch (cause) {
    // What the decoder throws follows from its failure.
    throw cause instanceof DOMException ? unsupported(String(failure ?? cause)) : cause;
  } finally {
    newest?.close();
    if (decoder.state !== 'closed') decoder.close();
  }
}

/** Decodes a key frame and what follows it. */
async function decode(decoder: VideoDecoder, parts: PictureSources['sources'][number]['parts']): Promise<void> {
  let timestamp = 0;
  for (const { data, sizes } of parts) {
    const bytes = data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data;
    let start = 0;
    for (const size of sizes) {
      const sample = bytes.subarray(start, (start += size));
      decoder.decode(
        new EncodedVideoChunk({ type: timestamp ? 'delta' : 'key', timestamp: timestamp++, data: sample }),
      );
      while (decoder.decodeQueueSize > MOST_WAITING) await new Promise((resolve) => (decoder.ondequeue = resolve));
    }
  }
  await decoder.flush();
}

function draw(frame: VideoFrame, wanted: number | undefined): OffscreenCanvas {
  const width = wanted ?? frame.displayWidth;
  const height = Math.max(1, Math.round((width * frame.displayHeight) / frame.displayWidth));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d', { alpha: false })!.drawImage(frame, 0, 0, width, height);
  return canvas;
}

function unsupported(what: string): PlainError {
  return { code: 'unsupported', message: `this browser can't show the picture: ${what}` };
}
