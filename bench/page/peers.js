// What others need for a file of as many packets: mediabunny from packets in memory, MediaRecorder from a live track.
import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from 'mediabunny';
import { SAMPLES, recorded } from './stored.js';
import { frameOf, scroll } from './synthetic.js';

const FPS = 30;
const WIDTH = 1280;
const HEIGHT = 720;

let packets;
let config;
let recorder;
let painting;

globalThis.bench = {
  /** Makes the bytes of one segment; every other has the same, so that only what mediabunny keeps of them is counted. */
  async prepare(sampleBytes) {
    const { reel, samples } = await recorded();
    const { codec, width, height, description } = reel.tracks[0].configs[0];
    config = { codec, codedWidth: width, codedHeight: height, description };
    packets = samples.map((sample) => {
      const bytes = new Uint8Array(sampleBytes).fill(0xff);
      bytes.set(sample);
      return bytes;
    });
  },

  /** Muxes this many packets: how long adding them took, and how long from there to the Blob, in milliseconds. */
  async mux(fastStart, count) {
    const target = new BufferTarget();
    const output = new Output({ format: new Mp4OutputFormat({ fastStart }), target });
    const source = new EncodedVideoPacketSource('avc');
    output.addVideoTrack(source, { frameRate: FPS });
    await output.start();
    const started = performance.now();
    for (let n = 0; n < count; n++) {
      const type = n % SAMPLES ? 'delta' : 'key';
      const packet = new EncodedPacket(packets[n % SAMPLES], type, n / FPS, 1 / FPS);
      await source.add(packet, n === 0 ? { decoderConfig: config } : undefined);
    }
    const added = performance.now();
    await output.finalize();
    const { size } = new Blob([target.buffer], { type: 'video/mp4' });
    return { add: added - started, finalize: performance.now() - added, size };
  },

  /** Records a moving picture with MediaRecorder until {@link stopNative}. */
  async startNative() {
    const generator = new MediaStreamTrackGenerator({ kind: 'video' });
    const writer = generator.writable.getWriter();
    const picture = scroll(WIDTH, HEIGHT);
    let n = 0;
    painting = setInterval(() => {
      const frame = frameOf(picture(n), WIDTH, HEIGHT, Math.round((n++ * 1e6) / FPS));
      writer.write(frame).catch(() => {});
    }, 1000 / FPS);
    recorder = new MediaRecorder(new MediaStream([generator]), { mimeType: 'video/mp4;codecs=avc1.42E01F' });
    await new Promise((resolve, reject) => {
      recorder.onstart = resolve;
      recorder.onerror = ({ error }) => reject(error);
      recorder.start();
    });
  },

  /** From stop() to the Blob, in milliseconds. */
  async stopNative() {
    const chunks = [];
    const asked = performance.now();
    const { size } = await new Promise((resolve) => {
      recorder.ondataavailable = ({ data }) => chunks.push(data);
      recorder.onstop = () => resolve(new Blob(chunks, { type: 'video/mp4' }));
      recorder.stop();
    });
    const stopped = performance.now() - asked;
    clearInterval(painting);
    if (size === 0) throw new Error('MediaRecorder gave an empty file');
    return { stop: stopped, size };
  },
};
