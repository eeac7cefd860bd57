// How audible what a codec adds is: the noise-to-mask ratio, after the basic model of ITU-R BS.1387-1 (annex 2, § 2.1 and § 4.3).
// Not a full PEAQ: no grade is made of it. Below 0 dB most of the noise is masked.
import { powersOf } from './fourier.mjs';

const FRAME = 2048;
const HOP = FRAME / 2;
/** The width of a band. */
const BARK = 0.25;
/** The level of a sine of full scale, in dB of sound pressure. */
const FULL_SCALE = 92;
/** A frame is counted if the reference's mean square is above this: −60 dB. */
const AUDIBLE = 1e-6;

const barkOf = (hertz) => 7 * Math.asinh(hertz / 650);
const hertzOf = (bark) => 650 * Math.sinh(bark / 7);
const power = (decibels) => 10 ** (decibels / 10);
const decibels = (power) => 10 * Math.log10(power);

const WINDOW = Float64Array.from({ length: FRAME }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME));

/** The ratio in dB over both channels: of what differs between two signals of the same length, to what the first one masks. */
export function noiseToMask(reference, decoded, rate) {
  const bands = bandsOf(rate);
  const ratios = reference.map((plane, channel) => {
    const other = decoded[channel];
    let smeared = new Float64Array(bands.length);
    let [sum, frames] = [0, 0];
    for (let at = 0; at + FRAME <= plane.length; at += HOP) {
      const [heard, changed] = [plane, other].map((signal) => spectrumOf(signal.subarray(at, at + FRAME)));
      const energies = bands.map(({ bins, internal }) => internal + sumOver(bins, (bin) => heard[bin]));
      smeared = lingering(spread(energies, bands), smeared, bands, rate);
      if (meanSquare(plane.subarray(at, at + FRAME)) < AUDIBLE) continue;
      const noises = bands.map(({ bins }) =>
        sumOver(bins, (bin) => (Math.sqrt(heard[bin]) - Math.sqrt(changed[bin])) ** 2),
      );
      sum += mean(noises.map((noise, k) => noise / (smeared[k] / bands[k].offset)));
      frames++;
    }
    return sum / frames;
  });
  return decibels(mean(ratios));
}

const layouts = new Map();

/** The bands from 80 Hz to 18 kHz: the bins of each, its internal noise, and how far the mask is below what masks. */
function bandsOf(rate) {
  if (layouts.has(rate)) return layouts.get(rate);
  const [low, high] = [barkOf(80), barkOf(18_000)];
  const bands = Array.from({ length: Math.ceil((high - low) / BARK) }, (_, k) => {
    const [from, to] = [k, k + 1].map((n) => (hertzOf(low + n * BARK) * FRAME) / rate);
    const center = hertzOf(low + (k + 0.5) * BARK);
    return {
      center,
      bins: sharesOf(from, to),
      internal: power(0.4 * 3.64 * (center / 1000) ** -0.8),
      offset: power(k * BARK <= 12 ? 3 : 0.25 * k * BARK),
    };
  });
  layouts.set(rate, bands);
  return bands;
}

/** The bins between two places in the spectrum, and how much of each is between them. */
function sharesOf(from, to) {
  const shares = [];
  for (let bin = Math.round(from); bin - 0.5 < to; bin++) {
    const share = Math.min(bin + 0.5, to) - Math.max(bin - 0.5, from);
    if (share > 0) shares.push({ bin, share });
  }
  return shares;
}

function sumOver(shares, value) {
  let sum = 0;
  for (const { bin, share } of shares) sum += share * value(bin);
  return sum;
}

/** The powers of a frame's bins as they get through the outer and the middle ear. */
function spectrumOf(samples) {
  const powers = powersOf(samples.map((sample, i) => sample * WINDOW[i]));
  // A sine of full scale has this much power in all bins of its main lobe.
  const scale = power(FULL_SCALE) / ((3 / 32) * FRAME ** 2);
  return powers.map((value, bin) => value * scale * ear(bin));
}

const ears = new Float64Array(FRAME / 2 + 1);

function ear(bin) {
  if (!ears[bin]) {
    const kilohertz = (Math.max(bin, 0.5) * 48) / FRAME;
    const loss =
      -0.6 * 3.64 * kilohertz ** -0.8 + 6.5 * Math.exp(-0.6 * (kilohertz - 3.3) ** 2) - 1e-3 * kilohertz ** 3.6;
    ears[bin] = power(loss);
  }
  return ears[bin];
}

/** What each band masks in the others: 27 dB a Bark below it, above it the less the louder it is. */
function spread(energies, bands) {
  const masks = new Float64Array(bands.length);
  const norms = normsOf(bands);
  for (const [from, energy] of energies.entries()) addSpread(masks, from, energy, bands);
  return masks.map((sum, k) => sum ** 2.5 / norms[k]);
}

const normalizations = new Map();

function normsOf(bands) {
  if (!normalizations.has(bands)) {
    const sums = new Float64Array(bands.length);
    for (const from of bands.keys()) addSpread(sums, from, 1, bands);
    normalizations.set(
      bands,
      sums.map((sum) => sum ** 2.5),
    );
  }
  return normalizations.get(bands);
}

function addSpread(sums, from, energy, bands) {
  const up = 24 + 230 / bands[from].center - 0.2 * decibels(energy);
  const [lower, upper] = [power(-27 * BARK), power(-up * BARK)];
  const total = (1 - lower ** (from + 1)) / (1 - lower) + (1 - upper ** (bands.length - from)) / (1 - upper) - 1;
  const peak = (energy / total) ** 0.4;
  const [down, rise] = [lower ** 0.4, upper ** 0.4];
  for (let k = from, value = peak; k >= 0; k--, value *= down) sums[k] += value;
  for (let k = from + 1, value = peak * rise; k < bands.length; k++, value *= rise) sums[k] += value;
}

/** The sound of earlier frames still masks for a while. */
function lingering(masks, before, bands, rate) {
  return masks.map((mask, k) => {
    const time = 0.008 + (100 / bands[k].center) * (0.03 - 0.008);
    const decay = Math.exp(-HOP / (rate * time));
    return Math.max(mask, decay * before[k] + (1 - decay) * mask);
  });
}

function meanSquare(samples) {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
