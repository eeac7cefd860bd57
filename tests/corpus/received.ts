import { ALL_FORMATS, BlobSource, Input, VideoSampleSink } from 'mediabunny';
import type { ContentName } from './contents.js';
import { EVENTS, sentFrames, type EventName } from './events.js';
import { measureReceived, type InFile, type ReceivedOutcome } from './measure.js';
import { fingerprintOf, lumaOf, Receiver } from './receiver.js';
import { ReceivedFeed } from './received-feed.js';
import { CODECS, send, WIDTH, type CodecName } from './sender.js';
import { Truth } from './synthetic.js';

/** How many pictures after a request the key frame comes: about what it takes over a connection. */
const ANSWER_PICTURES = 2;

/**
 * Sends a content with an event through a real encoder, and has its frames recorded as they are, beside their pictures. Each picture in the
 * file has to be, to the last bit, one that was received.
 */
export async function received(codec: CodecName, content: ContentName, event: EventName): Promise<ReceivedOutcome> {
  const sent = new Map(sentFrames(EVENTS[event]).map((frame) => [frame.timestamp, frame]));
  // Counts down the pictures until the key frame.
  let answer: number | undefined;
  let key_requests = 0;
  const feed = await ReceivedFeed.start(codec, () => {
    key_requests++;
    answer ??= ANSWER_PICTURES;
  });
  const wantsKey = () => {
    if (answer === undefined || answer-- > 0) return false;
    answer = undefined;
    return true;
  };
  const truth = new Truth(content);
  const pictures: string[] = [];
  let shown = (_: VideoFrame) => {};
  const receiver = new Receiver(CODECS[codec], (frame) => shown(frame));
  let work = Promise.resolve();
  const onChunk = (chunk: EncodedVideoChunk) => {
    if (chunk.type === 'key') answer = undefined;
    work = work.then(async () => {
      const decoded = new Promise<VideoFrame>((resolve) => (shown = resolve));
      receiver.receive(chunk);
      const frame = await decoded;
      const source = sent.get(frame.timestamp);
      if (!source || frame.timestamp !== chunk.timestamp) throw new Error('a frame that was not sent');
      truth.add(source, await lumaOf(frame), frame.codedWidth < WIDTH);
      pictures.push(await fingerprintOf(frame));
      await feed.push(chunk, frame);
    });
    work.catch(() => {});
  };
  await send(codec, content, [...sent.values()], onChunk, () => work, wantsKey);
  await receiver.finish();
  await work;
  const { blob, times, keys } = await feed.end();
  const inFile = (await picturesIn(blob)).map((picture, n) => ({ picture, time: times[n]!, isKey: keys[n]! }));
  return { ...measureReceived(truth.frames, matched(pictures, inFile), true), key_requests };
}

/** The pictures in a file. */
async function picturesIn(blob: Blob): Promise<string[]> {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('the file has no video');
  const pictures: string[] = [];
  for await (const sample of new VideoSampleSink(track).samples()) {
    const frame = sample.toVideoFrame();
    pictures.push(await fingerprintOf(frame));
    frame.close();
    sample.close();
  }
  input.dispose();
  return pictures;
}

/** Which of the received pictures are in the file, each to the last bit: of equal ones, the first. */
function matched(
  received: readonly string[],
  inFile: readonly (InFile & { picture: string })[],
): (InFile | undefined)[] {
  let next = 0;
  const kept = received.map((picture) => (inFile[next]?.picture === picture ? inFile[next++] : undefined));
  if (next < inFile.length) {
    throw new Error(`picture ${next} of ${inFile.length} in the file was not received there`);
  }
  return kept;
}
