// Sounds to encode, and how much of them is left.
import { SETTINGS } from '../../bench/aac/module.mjs';

/** Chords that swell, a little different in each channel. */
export function chords(length, { sampleRate = SETTINGS.sampleRate, channels = SETTINGS.channels } = {}) {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length }, (_, i) => {
      const at = i / sampleRate;
      const swell = 0.5 - 0.5 * Math.cos(2 * Math.PI * 3 * at);
      const sines = [220, 277.2, 1318.5, 3520].map((f, n) => Math.sin(2 * Math.PI * f * at + n * channel));
      return 0.2 * swell * sines.reduce((sum, sine) => sum + sine);
    }),
  );
}

/** Noise of full scale, the same each time. */
export function noise(length, channels) {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  return Array.from({ length: channels }, () => Float32Array.from({ length }, next));
}

/** The signal-to-noise ratio of the decoded sound in dB, which is `delay` samples late. */
export function snr(plane, later, delay) {
  let [signal, error] = [0, 0];
  for (let i = 0; i < plane.length; i++) {
    signal += plane[i] ** 2;
    error += (plane[i] - later[i + delay]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}
