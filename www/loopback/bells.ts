/** The notes of a pentatonic scale, in Hz: whichever follow one another sound well. */
const NOTES = [523.25, 587.33, 659.25, 783.99, 880];

/** How long a note is heard, in seconds: it is silent before the next. */
const LENGTH_S = 0.7;

/** How loud a note begins, of full scale. */
const LOUDNESS = 0.25;

/** Bells as a track. It is silent until the browser lets the page make sound, which is with a click. */
export class Bells {
  readonly track: MediaStreamTrack;
  readonly #output: MediaStreamAudioDestinationNode;

  constructor(context: AudioContext) {
    this.#output = context.createMediaStreamDestination();
    const [track] = this.#output.stream.getAudioTracks();
    if (!track) throw new Error('this browser gives no track of sound');
    this.track = track;
  }

  /** Rings the bell of this second now. */
  ring(second: number): void {
    const { context } = this.#output;
    if (context.state !== 'running') return;
    const [now, note] = [context.currentTime, NOTES[(second * 2) % NOTES.length]!];
    for (const [partial, share] of [
      [1, 0.7],
      [2.76, 0.2],
      [5.4, 0.1],
    ] as const) {
      const tone = new OscillatorNode(context, { frequency: note * partial });
      const swell = new GainNode(context, { gain: 0 });
      swell.gain.setValueAtTime(LOUDNESS * share, now);
      swell.gain.exponentialRampToValueAtTime(0.003 * share, now + LENGTH_S / partial ** 0.5);
      swell.gain.setValueAtTime(0, now + LENGTH_S);
      tone.connect(swell).connect(this.#output);
      tone.start(now);
      tone.stop(now + LENGTH_S);
    }
  }

  stop(): void {
    this.track.stop();
    this.#output.disconnect();
  }
}
