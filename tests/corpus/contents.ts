import { Picture, type Colour } from './picture.js';

/** What a camera or a page may show. Each draws picture number `n`, of 30 a second, the same each time. */
export type Content = (n: number, width: number, height: number) => Picture;

/** The contents of the corpus, by name. */
export const CONTENTS = {
  /** Plain areas, and a small plain square that crosses them. */
  flat(n, width, height) {
    const picture = new Picture(width, height);
    picture.fill(0, 0, width, height, [96, 120, 140]);
    picture.fill(0, height * 0.7, width, height, [60, 140, 118]);
    picture.fill((n * 2) % width, height * 0.4, 32, 32, [180, 110, 150]);
    return picture;
  },

  /** A rough surface that drifts. */
  textured(n, width, height) {
    return textured(width, height, n, n >> 1);
  },

  /** A still scene filmed on grainy stock: every picture has other grain. */
  grain(n, width, height) {
    const picture = still(width, height);
    const random = randomness(n + 1);
    // Three summed bytes are close enough to a bell curve; its standard deviation is 5 levels.
    for (let i = 0; i < picture.luma.length; i++) {
      const bits = random();
      const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) - 382.5;
      picture.luma[i] = clamp(picture.luma[i]! + sum * (5 / 128));
    }
    return picture;
  },

  /** Nothing but a pointer of 8×8 pixels moves over a still page. */
  cursor(n, width, height) {
    const picture = textured(width, height, 0, 0);
    const [x, y] = [0.5 + 0.3 * Math.sin(n / 20), 0.5 + 0.3 * Math.cos(n / 27)];
    picture.fill(Math.round(x * width), Math.round(y * height), 8, 8, [235, 128, 128]);
    return picture;
  },

  /** Text that is typed, six letters a second, with breaths of half a second. */
  typing(n, width, height) {
    const picture = new Picture(width, height);
    picture.fill(0, 0, width, height, [225, 128, 128]);
    const letters = Math.floor(n / 5);
    const columns = Math.floor(width / 12) - 4;
    for (let i = 0; i < letters - (letters % 12 < 3 ? letters % 12 : 0); i++) {
      const [left, top] = [24 + (i % columns) * 12, 30 + Math.floor(i / columns) * 20];
      drawLetter(picture, left, top, i);
    }
    return picture;
  },

  /** A still scene that brightens and darkens by four levels a second. */
  fade(n, width, height) {
    const picture = still(width, height);
    const levels = 24 - Math.abs((((n * 4) / 30) % 96) - 48);
    // Spread over the pixels, so that a fraction of a level shows too.
    const order = threshold(width, height);
    for (let i = 0; i < picture.luma.length; i++) {
      picture.luma[i] = clamp(Math.floor(picture.luma[i]! + levels + order[i]!));
    }
    return picture;
  },

  /** A head that talks before a still wall. */
  head(n, width, height) {
    const picture = textured(width, height, 0, 0, 0.4);
    const [sway, nod] = [Math.sin(n / 23) * 4, Math.sin(n / 31) * 3];
    const [x, y] = [width / 2 + sway, height * 0.48 + nod];
    const unit = height / 100;
    ellipse(picture, x, y + 60 * unit, 42 * unit, 34 * unit, [70, 120, 136]);
    ellipse(picture, x, y, 20 * unit, 27 * unit, [160, 112, 150]);
    const blink = n % 75 < 4 ? 0.4 : 2.2;
    for (const side of [-8, 8]) ellipse(picture, x + side * unit, y - 6 * unit, 3 * unit, blink * unit, [40, 128, 128]);
    const open = 1 + 3 * Math.abs(Math.sin(n / 3.1) * Math.sin(n / 17));
    ellipse(picture, x, y + 12 * unit, 6 * unit, open * unit, [70, 116, 160]);
    return picture;
  },

  /** Everything moves. */
  motion(n, width, height) {
    const picture = textured(width, height, n * 5, n * 3);
    for (let i = 0; i < 12; i++) {
      const [x, y] = [(i * 97 + n * (3 + i)) % width, (i * 53 + n * (2 + (i % 5))) % height];
      picture.fill(x & ~1, y & ~1, 40, 40, [40 + ((i * 37) % 180), 90 + i * 6, 160 - i * 6]);
    }
    return picture;
  },
} satisfies Record<string, Content>;

/** The name of a content. */
export type ContentName = keyof typeof CONTENTS;

function still(width: number, height: number): Picture {
  const picture = new Picture(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) picture.luma[y * width + x] = 70 + (90 * x) / width + (40 * y) / height;
  }
  picture.fill(width * 0.15, height * 0.2, width * 0.2, height * 0.5, [90, 110, 150]);
  picture.fill(width * 0.55, height * 0.45, width * 0.3, height * 0.3, [150, 140, 120]);
  ellipse(picture, width * 0.7, height * 0.25, height * 0.12, height * 0.12, [190, 120, 140]);
  return picture;
}

/** Smooth noise of three scales, moved by this many pixels. */
function textured(width: number, height: number, left: number, top: number, contrast = 1): Picture {
  const picture = new Picture(width, height);
  const surface = noise();
  for (let y = 0; y < height; y++) {
    const row = ((y + top) & (NOISE - 1)) * NOISE;
    for (let x = 0; x < width; x++) {
      picture.luma[y * width + x] = 120 + contrast * surface[row + ((x + left) & (NOISE - 1))]!;
    }
  }
  return picture;
}

const NOISE = 512;
let cachedNoise: Float32Array | undefined;

function noise(): Float32Array {
  if (cachedNoise) return cachedNoise;
  const sum = new Float32Array(NOISE * NOISE);
  for (const [cell, amplitude] of [
    [32, 40],
    [8, 22],
    [2, 10],
  ] as const) {
    const grid = NOISE / cell;
    const random = randomness(cell);
    const knots = Float32Array.from(
      { length: grid * grid },
      () => (amplitude * ((random() & 0xffff) - 0x8000)) / 0x8000,
    );
    const knot = (x: number, y: number) => knots[(y % grid) * grid + (x % grid)]!;
    for (let y = 0; y < NOISE; y++) {
      for (let x = 0; x < NOISE; x++) {
        const [gx, gy] = [Math.floor(x / cell), Math.floor(y / cell)];
        const [fx, fy] = [(x % cell) / cell, (y % cell) / cell];
        const above = knot(gx, gy) * (1 - fx) + knot(gx + 1, gy) * fx;
        const below = knot(gx, gy + 1) * (1 - fx) + knot(gx + 1, gy + 1) * fx;
        sum[y * NOISE + x]! += above * (1 - fy) + below * fy;
      }
    }
  }
  return (cachedNoise = sum);
}

let cachedThreshold: Float32Array | undefined;

function threshold(width: number, height: number): Float32Array {
  const random = randomness(99);
  return (cachedThreshold ??= Float32Array.from({ length: width * height }, () => (random() & 0xffff) / 0x10000));
}

function ellipse(picture: Picture, x: number, y: number, radiusX: number, radiusY: number, colour: Colour): void {
  for (let dy = -Math.ceil(radiusY); dy <= radiusY; dy++) {
    const part = 1 - (dy / radiusY) ** 2;
    if (part <= 0) continue;
    const half = radiusX * Math.sqrt(part);
    picture.fill(x - half, y + dy, 2 * half, 1, colour);
  }
}

/** A made-up letter of 8×14 pixels: some of fifteen strokes. */
function drawLetter(picture: Picture, left: number, top: number, n: number): void {
  const strokes = Math.imul(n + 7, 0x9e3779b1) >>> 17;
  for (let i = 0; i < 15; i++) {
    if (!((strokes >> i) & 1)) continue;
    const [column, row] = [i % 3, Math.floor(i / 3)];
    picture.fill(left + column * 3, top + row * 3, 2, 3, [30, 128, 128]);
  }
}

/** Random bits, 32 at a time, the same for a seed (Marsaglia's xorshift). */
function randomness(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function clamp(level: number): number {
  return Math.max(16, Math.min(235, level));
}
