import { EVENTS, sentFrames, type EventName } from './events.js';
import { send, type CodecName } from './sender.js';
import type { ContentName } from './contents.js';

async function dump(codec: CodecName, content: ContentName, event: EventName) {
  const frames = sentFrames(EVENTS[event]);
  const chunks: { timestamp: number; bytes: Uint8Array }[] = [];
  await send(codec, content, frames, (chunk) => {
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    chunks.push({ timestamp: chunk.timestamp, bytes });
  });
  const total = chunks.reduce((sum, { bytes }) => sum + bytes.length + 12, 0);
  const all = new Uint8Array(total);
  const view = new DataView(all.buffer);
  let at = 0;
  for (const { timestamp, bytes } of chunks) {
    view.setUint32(at, bytes.length, true);
    view.setFloat64(at + 4, timestamp, true);
    all.set(bytes, at + 12);
    at += 12 + bytes.length;
  }
  let text = '';
  for (let i = 0; i < all.length; i += 32768) text += String.fromCharCode(...all.subarray(i, i + 32768));
  return { data: btoa(text), frames };
}
Object.assign(globalThis, { dump });
