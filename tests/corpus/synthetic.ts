import { CONTENTS, type ContentName } from './contents.js';
import { EVENTS, sentFrames, type EventName, type Sent } from './events.js';
import { keptFrames, measure, type Outcome, type Received } from './measure.js';
import type { Picture } from './picture.js';
import { lumaOf, Receiver } from './receiver.js';
import { Feed } from './recording.js';
import { CODECS, HEIGHT, send, WIDTH, type CodecName } from './sender.js';

/**
 * The rule by which a frame whose source moved is set aside, since its motion has not arrived: less than this part of the
 * source's change is in the received picture, which hardly changed otherwise, in levels of mean absolute
 * difference. Both are measured from the last picture that had arrived.
 */
const ARRIVED = 0.1;
const UNCHANGED = 0.05;

/** Sends a content with an event through a real encoder and decoder into a real recorder, faster than real time. */
export async function synthetic(codec: CodecName, content: ContentName, event: EventName): Promise<Outcome> {
  const sent = new Map(sentFrames(EVENTS[event]).map((frame) => [frame.timestamp, frame]));
  const feed = new Feed();
  const truth = new Truth(content);
  let work = Promise.resolve();
  const receiver = new Receiver(CODECS[codec], (frame) => {
    const source = sent.get(frame.timestamp);
    work = work.then(async () => {
      if (!source) throw new Error(`a frame that was never sent: ${frame.timestamp}`);
      truth.add(source, await lumaOf(frame), frame.codedWidth < WIDTH);
      await feed.push(frame);
    });
    work.catch(() => {});
  });
  await send(
    codec,
    content,
    [...sent.values()],
    (chunk) => receiver.receive(chunk),
    () => work,
  );
  await receiver.finish();
  await work;
  const { freezes, times } = await feed.end();
  return measure(truth.frames, keptFrames(truth.frames, freezes, times));
}

/** What really happened, by the source's pictures and the received ones. */
export class Truth {
  readonly frames: Received[] = [];
  readonly #content: ContentName;
  /** The frame received last. */
  #last: { sent: Sent; source: Picture } | undefined;
  /** The frame whose picture is the last that has arrived. */
  #shown: { source: Picture; luma: Uint8Array; halfSize: boolean } | undefined;

  constructor(content: ContentName) {
    this.#content = content;
  }

  add(sent: Sent, luma: Uint8Array, halfSize: boolean): void {
    const isSame = this.#last?.sent.picture === sent.picture;
    const source = isSame ? this.#last!.source : CONTENTS[this.#content](sent.picture, WIDTH, HEIGHT);
    const repeats = this.#last !== undefined && (isSame || equal(source.data, this.#last.source.data));
    const arrives = this.#shown?.halfSize !== halfSize || hasArrived(this.#shown, source, luma, halfSize);
    this.frames.push({ timestamp: sent.timestamp, repeats, erased: !repeats && !arrives });
    this.#last = { sent, source };
    if (arrives) this.#shown = { source, luma, halfSize };
  }
}

/** Whether some of the source's change since a picture, or any change at all, is in the received picture. */
function hasArrived(
  shown: { source: Picture; luma: Uint8Array },
  source: Picture,
  luma: Uint8Array,
  halfSize: boolean,
): boolean {
  const [before, after] = halfSize ? [shown.source.halved(), source.halved()] : [shown.source, source];
  let [projection, energy, difference] = [0, 0, 0];
  for (let i = 0; i < luma.length; i++) {
    const change = after.luma[i]! - before.luma[i]!;
    const received = luma[i]! - shown.luma[i]!;
    projection += change * received;
    energy += change * change;
    difference += Math.abs(received);
  }
  return projection >= ARRIVED * energy || difference >= UNCHANGED * luma.length;
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((value, i) => value === other[i]);
}
