const SECONDS = 0.02;
/** What a segment counts at the least and at the most, in dB. */
const [LEAST, MOST] = [-10, 60];
/** A segment is counted if the reference's mean square is above this: −60 dB. */
const AUDIBLE = 1e-6;

/** The mean over segments of 20 ms and both channels of signal to noise in dB, between two signals of the same length. */
export function segmentalSnr(reference, decoded, rate) {
  const length = Math.round(SECONDS * rate);
  let [sum, count] = [0, 0];
  for (const [channel, plane] of reference.entries()) {
    for (let at = 0; at + length <= plane.length; at += length) {
      let [signal, noise] = [0, 0];
      for (let i = at; i < at + length; i++) {
        signal += plane[i] ** 2;
        noise += (plane[i] - decoded[channel][i]) ** 2;
      }
      if (signal / length < AUDIBLE) continue;
      sum += Math.min(MOST, Math.max(LEAST, 10 * Math.log10(signal / Math.max(noise, 1e-12))));
      count++;
    }
  }
  return sum / count;
}
