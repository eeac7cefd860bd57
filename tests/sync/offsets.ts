/** Flashes are a second apart, and after a pause less: a beep farther from a flash than this, in milliseconds, is another one's. */
const FARTHEST_MS = 400;

/** By how much the nearest beep of each flash is late, in milliseconds. A flash without a beep has none. */
export function offsetsOf(flashes: readonly number[], beeps: readonly number[]): number[] {
  return flashes
    .map((flash) => beeps.map((beep) => beep - flash).reduce(smaller, Infinity))
    .filter((offset) => Math.abs(offset) <= FARTHEST_MS);
}

/** Offsets in numbers, in milliseconds: positive where sound is late. */
export interface Summary {
  mean_ms: number;
  /** The standard deviation. */
  sd_ms: number;
  /** The one farthest from 0. */
  worst_ms: number;
}

/** Sums offsets up; there is at least one. */
export function summaryOf(offsets: readonly number[]): Summary {
  const mean = sum(offsets) / offsets.length;
  const variance = sum(offsets.map((offset) => (offset - mean) ** 2)) / offsets.length;
  const rounded = (ms: number) => Math.round(ms * 10) / 10;
  return {
    mean_ms: rounded(mean),
    sd_ms: rounded(Math.sqrt(variance)),
    worst_ms: rounded(offsets.reduce((worst, offset) => (smaller(worst, offset) === worst ? offset : worst))),
  };
}

function smaller(one: number, other: number): number {
  return Math.abs(other) < Math.abs(one) ? other : one;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
