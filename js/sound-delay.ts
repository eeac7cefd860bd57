/** Samples before and after the middle of the sound that is encoded: more than any encoder delays it. */
const HALF = 8 * 1024;
/** Samples of a block. */
const BLOCK = 1024;
/** Half the length of a tone, in samples: long enough for its middle to be found in what a lossy codec leaves of it. */
const TONE = 480;
/** Radians a sample: 1 kHz at 48 kHz. */
const PITCH = (2 * Math.PI) / 48;

/**
 * By how many samples decoded sound is later than what was encoded with these settings. A tone is encoded and decoded.
 *
 * Browsers report it nowhere, and players do not expect it without an edit list.
 *
 * @throws whatever keeps the browser from encoding or decoding
 */
export async function delayOf(config: AudioEncoderConfig): Promise<number> {
  const encoded: EncodedAudioChunk[] = [];
  let decoderConfig: AudioDecoderConfig | undefined;
  await new Promise<void>((resolve, reject) => {
    const output: EncodedAudioChunkOutputCallback = (chunk, metadata) => {
      encoded.push(chunk);
      decoderConfig ??= metadata?.decoderConfig;
    };
    const encoder = new AudioEncoder({ output, error: reject });
    encoder.configure({ ...config, numberOfChannels: 1 });
    for (let from = -HALF; from < HALF; from += BLOCK) {
      const data = tone(from, config.sampleRate);
      encoder.encode(data);
      data.close();
    }
    encoder.flush().then(() => resolve(encoder.close()), reject);
  });
  // The middle of what is decoded, by its power.
  let [at, power, moment] = [0, 0, 0];
  await new Promise<void>((resolve, reject) => {
    const output: AudioDataOutputCallback = (sound) => {
      const samples = new Float32Array(sound.numberOfFrames);
      sound.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      sound.close();
      for (const sample of samples) {
        power += sample ** 2;
        moment += sample ** 2 * at++;
      }
    };
    const decoder = new AudioDecoder({ output, error: reject });
    decoder.configure(decoderConfig!);
    for (const chunk of encoded) decoder.decode(chunk);
    decoder.flush().then(() => resolve(decoder.close()), reject);
  });
  return Math.round(moment / power - HALF);
}

/** A block of a tone that swells and fades around 0, from this sample on. */
function tone(from: number, sampleRate: number): AudioData {
  const swell = (n: number) => (Math.abs(n) < TONE ? 0.5 + 0.5 * Math.cos((Math.PI * n) / TONE) : 0);
  const sample = (_: unknown, n: number) => 0.7 * swell(from + n) * Math.cos(PITCH * (from + n));
  const data = Float32Array.from({ length: BLOCK }, sample);
  const format = { format: 'f32-planar', sampleRate, numberOfChannels: 1, numberOfFrames: data.length } as const;
  return new AudioData({ ...format, timestamp: Math.round(((HALF + from) * 1e6) / sampleRate), data });
}
