/*
 * A frame number drawn into the picture, so that it can be read back from what a codec made of it: two rows of sixteen
 * squares, white for 1, most significant bit first. The upper row and the first half of the lower one are the number, the
 * rest is a checksum.
 */

const COLUMNS = 16;
const ROWS = 2;
const NUMBER_BITS = 24;
const CHECKSUM_BITS = 8;
const LIMIT = 2 ** NUMBER_BITS;

/** A square is this part of the picture's width, and so is the margin around the squares, at the lower left. */
const SQUARE = 1 / 32;

/** Means in between are neither black nor white, in limited as in full range: what is there is not the counter. */
const DARKEST_WHITE = 150;
const LIGHTEST_BLACK = 100;

/** What drawing needs of a 2D context, of either kind of canvas. */
export type CounterContext = Pick<CanvasRenderingContext2D, 'fillStyle' | 'fillRect'>;

/** Draws `n`, modulo 2^24, into the lower left of a picture of this size. */
export function drawCounter(ctx: CounterContext, n: number, width: number, height: number): void {
  const number = n % LIMIT;
  const bits = number * 2 ** CHECKSUM_BITS + checksum(number);
  for (let i = 0; i < COLUMNS * ROWS; i++) {
    const { left, top, right, bottom } = squareAt(i, width, height);
    ctx.fillStyle = bitOf(bits, i) ? '#fff' : '#000';
    ctx.fillRect(left, top, right - left, bottom - top);
  }
}

/**
 * Reads the number from a picture's luma plane, whatever size the picture has been scaled to.
 *
 * @returns the number, or null if there is none or it can't be read with certainty
 */
export function readCounter(luma: Uint8Array, stride: number, width: number, height: number): number | null {
  let bits = 0;
  for (let i = 0; i < COLUMNS * ROWS; i++) {
    const mean = centreMean(luma, stride, squareAt(i, width, height));
    if (!(mean <= LIGHTEST_BLACK || mean >= DARKEST_WHITE)) return null;
    bits = bits * 2 + (mean >= DARKEST_WHITE ? 1 : 0);
  }
  const number = Math.floor(bits / 2 ** CHECKSUM_BITS);
  return checksum(number) === bits % 2 ** CHECKSUM_BITS ? number : null;
}

interface Square {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function squareAt(i: number, width: number, height: number): Square {
  const side = width * SQUARE;
  const column = i % COLUMNS;
  const row = Math.floor(i / COLUMNS);
  const top = height - (1 + ROWS) * side;
  return {
    left: Math.round((1 + column) * side),
    right: Math.round((2 + column) * side),
    top: Math.round(top + row * side),
    bottom: Math.round(top + (row + 1) * side),
  };
}

function bitOf(bits: number, i: number): boolean {
  return Math.floor(bits / 2 ** (COLUMNS * ROWS - 1 - i)) % 2 === 1;
}

/** The mean of the inner half, which scaling and deblocking leave alone; NaN if it is not in the picture. */
function centreMean(luma: Uint8Array, stride: number, { left, top, right, bottom }: Square): number {
  const insetX = Math.floor((right - left) / 4);
  const insetY = Math.floor((bottom - top) / 4);
  let sum = 0;
  let count = 0;
  for (let y = top + insetY; y < bottom - insetY; y++) {
    for (let x = left + insetX; x < right - insetX; x++) {
      sum += luma[y * stride + x] ?? NaN;
      count++;
    }
  }
  return sum / count;
}

/** CRC-8 (polynomial 0x2F) of the number's three bytes. It starts at 0xFF, so that neither an all black nor an all white picture reads as a number. */
function checksum(number: number): number {
  let crc = 0xff;
  for (const byte of [number >> 16, (number >> 8) & 0xff, number & 0xff]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x2f) & 0xff : crc << 1;
  }
  return crc;
}
