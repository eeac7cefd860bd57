// Counts the frames of what a MediaRecorder writes that copies: Matroska or WebM, whose blocks are one frame each.

/** Elements that hold others, and blocks (RFC 9559 § 5.1). */
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const BLOCK_GROUP = 0xa0;
const BLOCKS = [0xa3, 0xa1];

/** How many frames a file has. */
export function framesOfMatroska(bytes) {
  let at = 0;
  let frames = 0;
  while (at < bytes.length) {
    const id = number(false);
    const size = number(true);
    if (BLOCKS.includes(id)) frames++;
    // What holds others is entered. A live one has no size, and ends where its parent's next child begins.
    if (![SEGMENT, CLUSTER, BLOCK_GROUP].includes(id)) at += size;
  }
  return frames;

  /** A number whose first byte has its length (RFC 8794 § 4). An element's name keeps the marker, a size does not. */
  function number(isSize) {
    const length = Math.clz32(bytes[at]) - 23;
    let value = isSize ? bytes[at] & (0xff >> length) : bytes[at];
    for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i];
    at += length;
    return value;
  }
}
