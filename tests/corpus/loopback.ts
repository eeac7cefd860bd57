import { connect } from '../../www/loopback/connection.js';
import { drawCounter, readCounter } from '../../www/loopback/counter.js';
import { CONTENTS } from './contents.js';
import { EVENTS, FPS, sentFrames, type EventName, type Sent } from './events.js';
import { measure, measureReceived, type InFile, type Outcome, type Received, type ReceivedOutcome } from './measure.js';
import { Picture } from './picture.js';
import { lumaOf } from './receiver.js';
import { finishedRecording } from './recording.js';
import { HEIGHT, WIDTH, type CodecName } from './sender.js';
import { BlobSource, ALL_FORMATS, Input, VideoSampleSink } from 'mediabunny';
import { Recorder, type RecorderOptions } from 'trackreel';

/** Bits per second of a sender with bits to spare. */
const BITRATE = 1_500_000;

/** Frames before the event's first, in which the sender's encoder finds its rate. They are not measured. */
const WARM_UP_FRAMES = 60;

/**
 * Sends a head that talks, with a counter that changes with the picture, over a real connection in real time, and reads the
 * counters of the received pictures and of those in the file.
 */
export async function loopback(codec: CodecName, event: EventName): Promise<Outcome> {
  const { frames, inFile, drops } = await record(codec, event, { maxFps: Infinity, freeze: 'cut' });
  const kept = matched(
    frames.map(({ counter }) => counter),
    inFile.map(({ counter }) => counter),
  );
  // The witness began before the recorder.
  const first = kept.findIndex((one) => one !== undefined);
  const outcome = measure(
    frames.slice(first),
    kept.slice(first).map((one) => one !== undefined),
  );
  // Frames that a busy machine's encoder skipped were not cut, and are counted separately.
  const lost = drops['encoder']! + drops['backpressure']!;
  return { ...outcome, false_cuts: Math.max(0, outcome.false_cuts - lost), lost };
}

/** The same, recorded as it is received. */
export async function receivedLoopback(codec: CodecName, event: EventName): Promise<ReceivedOutcome> {
  const container = codec === 'VP8' ? 'webm' : 'mp4';
  const options = { maxFps: Infinity, freeze: 'cut', source: 'received', container } as const;
  const { frames, inFile } = await record(codec, event, options);
  const counters = new Set(frames.map(({ counter }) => counter));
  // A browser shows none that is late.
  const known = inFile.filter(({ counter }) => counters.has(counter));
  const kept = matched(
    frames.map(({ counter }) => counter),
    known.map(({ counter }) => counter),
  );
  // Before the first key frame, nothing is recorded.
  const first = kept.findIndex((one) => one !== undefined);
  return measureReceived(
    frames.slice(first),
    kept.slice(first).map((one) => (one === undefined ? undefined : known[one])),
    false,
  );
}

/** A picture in a file. */
interface Filed extends InFile {
  counter: number;
}

async function record(
  codec: CodecName,
  event: EventName,
  options: RecorderOptions,
): Promise<{ frames: Counted[]; inFile: Filed[]; drops: Record<string, number> }> {
  const script = EVENTS[event];
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  generator.contentHint = 'motion';
  const isTapped = options.source === 'received';
  const connection = await connect(generator, codec, BITRATE, undefined, isTapped);
  const { track, sender, close } = connection;
  const source = new Source(generator.writable.getWriter());
  await source.warmUp();
  if (sentFrames(script).some(({ halfSize }) => halfSize)) await scale(sender, 2);
  const witness = new Witness(track);
  const recorder = new Recorder(track, options);
  const recorded = finishedRecording(recorder);
  await recorder.start();
  await source.send(sentFrames(script), async (frame, before) => {
    if (frame.keyFrame) await keyFrame(sender);
    if (frame.lowBitrate && !before?.lowBitrate) await limit(sender, BITRATE / 4);
    if (!frame.halfSize && before?.halfSize) await scale(sender, 1);
  });
  // All frames have arrived when the last picture has.
  await witness.delivered(source.last);
  await recorder.stop();
  const { blob, drops, times, keys } = await recorded;
  close();
  generator.stop();
  const frames = await witness.finish();
  const counters = await countersIn(blob);
  const inFile = counters.map((counter, n) => ({ counter, time: times[n]!, isKey: keys[n]! }));
  return { frames, inFile, drops };
}

interface Counted extends Received {
  counter: number;
}

/** Reads the counter of every frame of a track. */
class Witness {
  readonly #track: MediaStreamTrack;
  readonly #frames: Counted[] = [];
  readonly #reading: Promise<void>;
  #changed: (() => void) | undefined;

  constructor(track: MediaStreamTrack) {
    this.#track = track.clone();
    const reader = new MediaStreamTrackProcessor({ track: this.#track as MediaStreamVideoTrack, maxBufferSize: 60 });
    this.#reading = this.#read(reader.readable.getReader());
  }

  async #read(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (;;) {
      const { done, value: frame } = await reader.read();
      if (done) return;
      const { width, height } = frame.visibleRect!;
      const counter = readCounter(await lumaOf(frame), width, width, height);
      if (counter === null) throw new Error(`a received picture of ${width}×${height} without a counter`);
      const repeats = this.#frames.at(-1)?.counter === counter;
      this.#frames.push({ timestamp: frame.timestamp, counter, repeats, erased: false });
      frame.close();
      this.#changed?.();
    }
  }

  /** Resolves when a picture with this counter has come. */
  async delivered(counter: number): Promise<void> {
    while (this.#frames.at(-1)?.counter !== counter) await new Promise<void>((changed) => (this.#changed = changed));
  }

  async finish(): Promise<Counted[]> {
    this.#track.stop();
    await this.#reading;
    return this.#frames;
  }
}

/** Paints and writes frames at their times. */
class Source {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  #epoch = performance.now();
  #counter = 0;

  constructor(writer: WritableStreamDefaultWriter<VideoFrame>) {
    this.#writer = writer;
  }

  /** The counter of the last picture. */
  get last(): number {
    return this.#counter;
  }

  async warmUp(): Promise<void> {
    const frames = Array.from({ length: WARM_UP_FRAMES }, (_, picture) => ({
      timestamp: (picture * 1e6) / FPS,
      picture,
    }));
    await this.send(frames as Sent[], async () => {});
  }

  async send(frames: Sent[], before: (frame: Sent, last: Sent | undefined) => Promise<void>): Promise<void> {
    this.#epoch = performance.now();
    const first = this.#counter + 1;
    let picture: Picture | undefined;
    for (const [n, frame] of frames.entries()) {
      const wait = frame.timestamp / 1000 - (performance.now() - this.#epoch);
      if (wait > 0) await new Promise((done) => setTimeout(done, wait));
      await before(frame, frames[n - 1]);
      if (!picture || this.#counter !== first + frame.picture) {
        this.#counter = first + frame.picture;
        picture = CONTENTS.head(this.#counter, WIDTH, HEIGHT);
        draw(picture, this.#counter);
      }
      await this.#writer.write(picture.frame(Math.round(performance.now() * 1000)));
    }
  }
}

function draw(picture: Picture, counter: number): void {
  const canvas = {
    fillStyle: '',
    fillRect(left: number, top: number, width: number, height: number) {
      picture.fill(left, top, width, height, [canvas.fillStyle === '#fff' ? 235 : 16, 128, 128]);
    },
  };
  drawCounter(canvas, counter, picture.width, picture.height);
}

async function limit(sender: RTCRtpSender, maxBitrate: number): Promise<void> {
  await change(sender, (encoding) => (encoding.maxBitrate = maxBitrate));
}

async function scale(sender: RTCRtpSender, scaleResolutionDownBy: number): Promise<void> {
  await change(sender, (encoding) => (encoding.scaleResolutionDownBy = scaleResolutionDownBy));
}

async function change(sender: RTCRtpSender, edit: (encoding: RTCRtpEncodingParameters) => void): Promise<void> {
  const parameters = sender.getParameters();
  parameters.encodings.forEach(edit);
  await sender.setParameters(parameters);
}

/** Asks for a key frame: https://www.w3.org/TR/webrtc-extensions/#rtcrtpencodingparameters-extensions */
async function keyFrame(sender: RTCRtpSender): Promise<void> {
  const options = { encodingOptions: sender.getParameters().encodings.map(() => ({ keyFrame: true })) };
  const setParameters = sender.setParameters.bind(sender) as (...args: unknown[]) => Promise<void>;
  await setParameters(sender.getParameters(), options);
}

/** The counter of each picture in a file. */
async function countersIn(blob: Blob): Promise<number[]> {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('the file has no video');
  const counters: number[] = [];
  for await (const sample of new VideoSampleSink(track).samples()) {
    const frame = sample.toVideoFrame();
    const { width, height } = frame.visibleRect!;
    const counter = readCounter(await lumaOf(frame), width, width, height);
    frame.close();
    sample.close();
    if (counter === null) throw new Error('a picture in the file without a counter');
    counters.push(counter);
  }
  input.dispose();
  return counters;
}

/** Where in the file each of the received frames is, if it is there: of those with one counter, the first ones. */
function matched(received: readonly number[], inFile: readonly number[]): (number | undefined)[] {
  let next = 0;
  const kept = received.map((counter) => (inFile[next] === counter ? next++ : undefined));
  if (next < inFile.length) throw new Error(`picture ${inFile[next]} in the file was not received there`);
  return kept;
}
