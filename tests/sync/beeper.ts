import type { Scenario } from './scenario.js';

/** The pictures that are sent, in pixels. */
export const WIDTH = 320;
export const HEIGHT = 240;
/** A picture each 40 ms: a whole number of them is a second, so that a flash begins with its beep. */
export const PICTURE_MS = 40;
/** The length of a block of sound, which Chromium's devices give as well. */
const BLOCK_MS = 10;
const RATE = 48_000;
const BEEP_MS = 100;
const BEEP_HZ = 1000;

/** The grey of each picture of a flash, brightest first: a reader finds which one it is, should the first be lost. */
export const FLASH_GREYS = [255, 205, 155];

/** By how much a beep was handed over later than its flash, in milliseconds, for each second. */
export type SenderOffsets = number[];

/**
 * Writes a flash and a beep at each whole second into two tracks, as devices do: a picture at its moment, and a block of sound when its
 * last sample has been heard. Ends at `end`. `start` and `end` are moments of the machine's clock in milliseconds.
 */
export async function beep(
  tracks: { pictures: WritableStream<VideoFrame>; sound: WritableStream<AudioData> },
  scenario: Scenario,
  start: number,
  end: number,
): Promise<SenderOffsets> {
  const [pictures, sound] = [tracks.pictures.getWriter(), tracks.sound.getWriter()];
  // Chromium takes timestamps for this thread's own clock, and reports them to the receiver as the times of capture.
  const epoch = start - performance.timeOrigin;
  const paint = painter(epoch);
  const clock = () => performance.now() - epoch;
  const [flashLate, beepLate] = [new Map<number, number>(), new Map<number, number>()];
  const isSent = (ms: number, from: number) => ms >= from * 1000 && !isWithin(ms, scenario.stall);
  const isFrozenAt = (ms: number) => scenario.freezes.some((span) => isWithin(ms, span));
  let [picture, block] = [0, 0];
  while (clock() < end - start) {
    for (; (block + 1) * BLOCK_MS <= clock(); block++) {
      const at = block * BLOCK_MS;
      if (!isSent(at, scenario.sound)) continue;
      const isLoud = at % 1000 < BEEP_MS && !isFrozenAt(at);
      if (isLoud && at % 1000 === 0) beepLate.set(at, clock() - at - BLOCK_MS);
      void sound.write(blockAt(at, epoch, isLoud));
    }
    for (; picture * PICTURE_MS <= clock(); picture++) {
      const at = picture * PICTURE_MS;
      if (!isSent(at, scenario.pictures)) continue;
      const isFrozen = isFrozenAt(at);
      if (at % 1000 === 0 && !isFrozen) flashLate.set(at, clock() - at);
      void pictures.write(paint(at, isFrozen));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return [...flashLate].flatMap(([at, late]) => (beepLate.has(at) ? [beepLate.get(at)! - late] : []));
}

function isWithin(ms: number, span: readonly [number, number] | undefined): boolean {
  return span !== undefined && ms >= span[0] * 1000 && ms < span[1] * 1000;
}

function blockAt(ms: number, epoch: number, isLoud: boolean): AudioData {
  const numberOfFrames = (RATE * BLOCK_MS) / 1000;
  const first = (ms * RATE) / 1000;
  const wave = (_: unknown, n: number) => (isLoud ? 0.5 * Math.sin((2 * Math.PI * BEEP_HZ * (first + n)) / RATE) : 0);
  return new AudioData({
    format: 'f32-planar',
    sampleRate: RATE,
    numberOfFrames,
    numberOfChannels: 1,
    timestamp: (epoch + ms) * 1000,
    data: Float32Array.from({ length: numberOfFrames }, wave),
  });
}

/** Paints the picture of a moment: a dot that moves, so that the picture is not static, and all of it bright in a flash. */
function painter(epoch: number): (ms: number, isFrozen: boolean) => VideoFrame {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d', { alpha: false })!;
  let dot = 0;
  return (ms, isFrozen) => {
    const grey = isFrozen ? 0 : (FLASH_GREYS[(ms % 1000) / PICTURE_MS] ?? 0);
    if (!isFrozen) dot = (dot + 7) % (WIDTH - 20);
    context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = '#888';
    context.fillRect(dot, 100, 20, 20);
    return new VideoFrame(canvas, { timestamp: (epoch + ms) * 1000 });
  };
}
