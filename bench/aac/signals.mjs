// What is encoded: speech, music and tones, stereo at 48 kHz. The same samples each time, made without a network.
import { spawnSync } from 'node:child_process';

/** Samples per second and channel of all of them. */
export const RATE = 48_000;

/** Each signal, by its name: of this many seconds, the left and the right channel. */
export const SIGNALS = { speech, music, tones };

const PEAK = 0.8;

/** Two voices of ffmpeg's `flite` in turn, left and right of the middle, in a room with a little noise. */
function speech(seconds) {
  const voices = [
    {
      voice: 'slt',
      pan: 0.35,
      text: 'She had your dark suit in greasy wash water all year and six thick thistle sticks',
    },
    {
      voice: 'awb',
      pan: 0.65,
      text: 'The quick brown fox jumps over the lazy dog while seven sharp whistles chase the birch canoe',
    },
    {
      voice: 'rms',
      pan: 0.5,
      text: 'A recording keeps what was said just as people heard it and plays it back at once',
    },
  ].map(({ voice, pan, text }) => ({ pan, samples: spoken(voice, text) }));
  const planes = silence(seconds);
  for (let at = 0, turn = 0; at < planes[0].length; turn++) {
    const { samples, pan } = voices[turn % voices.length];
    mix(planes, samples, at, pan);
    at += samples.length + RATE / 5;
  }
  const random = randomOf(1);
  for (const plane of planes) for (let i = 0; i < plane.length; i++) plane[i] += 3e-4 * (random() - 0.5);
  return normalized(planes);
}

function spoken(voice, text) {
  const source = ['-f', 'lavfi', '-i', `flite=voice=${voice}:text='${text}'`];
  const args = ['-v', 'error', ...source, '-ar', `${RATE}`, '-ac', '1', '-f', 'f32le', '-'];
  const { status, stdout, stderr } = spawnSync('ffmpeg', args, { maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`ffmpeg's flite: ${stderr}`);
  return new Float32Array(new Uint8Array(stdout).buffer);
}

/** Plucked strings, a pad of detuned saws, a bass drum and hi-hats, with an echo from the other side. */
function music(seconds) {
  const planes = silence(seconds);
  const random = randomOf(2);
  const beat = RATE / 4;
  const chords = [
    [220, 261.63, 329.63, 440],
    [174.61, 220, 261.63, 349.23],
    [196, 246.94, 293.66, 392],
    [164.81, 207.65, 246.94, 329.63],
  ];
  for (let n = 0; n * beat < planes[0].length; n++) {
    const chord = chords[Math.floor(n / 8) % chords.length];
    if (n % 8 === 0)
      for (const [i, f] of chord.entries()) mix(planes, pad(f, 8 * beat, random), n * beat, 0.2 + 0.2 * i);
    mix(planes, plucked(chord[(n * 3) % 4] * (n % 2 ? 2 : 1), 3 * beat, random), n * beat, n % 2 ? 0.25 : 0.7);
    mix(planes, hat(random), n * beat, 0.6);
    if (n % 4 === 0) mix(planes, drum(), n * beat, 0.5);
  }
  const [left, right] = planes;
  const delay = Math.round(0.087 * RATE);
  for (let i = left.length - 1; i >= delay; i--) {
    left[i] += 0.25 * right[i - delay];
    right[i] += 0.25 * left[i - delay];
  }
  return normalized(planes);
}

/** A string by Karplus and Strong. */
function plucked(frequency, length, random) {
  const period = Math.round(RATE / frequency);
  const samples = new Float32Array(length);
  for (let i = 0; i < period; i++) samples[i] = random() - 0.5;
  for (let i = period + 1; i < length; i++) samples[i] = 0.498 * (samples[i - period] + samples[i - period - 1]);
  return samples;
}

/** A saw of harmonics up to 12 kHz, that swells and fades. */
function pad(frequency, length, random) {
  const samples = new Float32Array(length);
  for (let h = 1; h * frequency < 12_000; h++) {
    const phase = 2 * Math.PI * random();
    const step = (2 * Math.PI * h * frequency * (1 + 0.004 * (random() - 0.5))) / RATE;
    for (let i = 0; i < length; i++) samples[i] += (0.06 / h) * Math.sin(phase + step * i);
  }
  for (let i = 0; i < length; i++) samples[i] *= Math.sin((Math.PI * i) / length);
  return samples;
}

function hat(random) {
  const samples = new Float32Array(RATE / 10);
  for (let i = 0, last = 0; i < samples.length; i++) {
    const now = random() - 0.5;
    samples[i] = 0.3 * (now - last) * Math.exp(-i / (0.015 * RATE));
    last = now;
  }
  return samples;
}

function drum() {
  const samples = new Float32Array(RATE / 4);
  for (let i = 0, phase = 0; i < samples.length; i++) {
    phase += (2 * Math.PI * (45 + 110 * Math.exp(-i / (0.03 * RATE)))) / RATE;
    samples[i] = 0.6 * Math.sin(phase) * Math.exp(-i / (0.08 * RATE));
  }
  return samples;
}

/** Six sines that share no harmonics, one of them with a tremolo, and a sweep from 100 Hz to 14 kHz. */
function tones(seconds) {
  const planes = silence(seconds);
  const frequencies = [233, 617, 1409, 3187, 6011, 10_267];
  for (const [channel, plane] of planes.entries()) {
    for (let i = 0, sweep = 0; i < plane.length; i++) {
      const at = i / RATE;
      sweep += (2 * Math.PI * 100 * 140 ** (i / plane.length)) / RATE;
      plane[i] = 0.2 * Math.sin(sweep + channel);
      for (const [n, f] of frequencies.entries()) {
        const tremolo = n === 2 ? 0.6 + 0.4 * Math.sin(2 * Math.PI * 5 * at) : 1;
        plane[i] += (0.1 / (1 + 0.3 * n)) * tremolo * Math.sin(2 * Math.PI * f * at + n * channel);
      }
    }
  }
  return normalized(planes);
}

function silence(seconds) {
  return [0, 1].map(() => new Float32Array(Math.round(seconds * RATE)));
}

/** Adds samples from there on; `pan` is 0 at the left and 1 at the right, at the same power. */
function mix(planes, samples, at, pan) {
  for (const [channel, plane] of planes.entries()) {
    const gain = channel === 0 ? Math.cos((pan * Math.PI) / 2) : Math.sin((pan * Math.PI) / 2);
    const length = Math.min(samples.length, plane.length - at);
    for (let i = 0; i < length; i++) plane[at + i] += gain * samples[i];
  }
}

function normalized(planes) {
  let peak = 0;
  for (const plane of planes) for (const sample of plane) peak = Math.max(peak, Math.abs(sample));
  for (const plane of planes) for (let i = 0; i < plane.length; i++) plane[i] *= PEAK / peak;
  return planes;
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
