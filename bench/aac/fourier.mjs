/** The power spectrum of real samples, whose number is a power of two: half of them and one, as numbers from the lowest frequency on. */
export function powersOf(samples) {
  const length = samples.length;
  const [re, im] = [Float64Array.from(samples), new Float64Array(length)];
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j], re[i]];
  }
  for (let size = 2; size <= length; size *= 2) {
    const { cosines, sines } = turnsOf(size);
    const half = size / 2;
    for (let from = 0; from < length; from += size) {
      for (let k = 0; k < half; k++) {
        const [a, b] = [from + k, from + k + half];
        const real = re[b] * cosines[k] - im[b] * sines[k];
        const imaginary = re[b] * sines[k] + im[b] * cosines[k];
        re[b] = re[a] - real;
        im[b] = im[a] - imaginary;
        re[a] += real;
        im[a] += imaginary;
      }
    }
  }
  return Float64Array.from({ length: length / 2 + 1 }, (_, k) => re[k] ** 2 + im[k] ** 2);
}

const turns = new Map();

function turnsOf(size) {
  if (!turns.has(size)) {
    const angles = Float64Array.from({ length: size / 2 }, (_, k) => (-2 * Math.PI * k) / size);
    turns.set(size, { cosines: angles.map(Math.cos), sines: angles.map(Math.sin) });
  }
  return turns.get(size);
}
