// Frames made here instead of received: a texture that scrolls, so that no picture is like the one before.

/** The pictures of a source of this size, as I420 in one buffer that is used again. */
export function scroll(width, height) {
  const luma = width * height;
  const picture = new Uint8Array((luma * 3) / 2).fill(128, luma);
  // Waves of several lengths, twice as wide as the picture is.
  const texture = new Uint8Array(width * 2 * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width * 2; x++) {
      const turn = (x * Math.PI) / width;
      texture[y * width * 2 + x] = 128 + 60 * Math.sin(turn * 3 + y / 19) + 40 * Math.cos(turn * 8 - y / 7);
    }
  }
  return (n) => {
    const left = (n * 3) % width;
    for (let y = 0; y < height; y++) {
      const row = y * width * 2 + left;
      picture.set(texture.subarray(row, row + width), y * width);
    }
    return picture;
  };
}

/** A frame of such a picture. */
export function frameOf(picture, width, height, timestamp) {
  return new VideoFrame(picture, { format: 'I420', codedWidth: width, codedHeight: height, timestamp });
}

/** Frames arrive by their timestamps, however fast they are fed: ahead of the clock, so that no silence is detected. */
const AHEAD = 3_600_000;

/**
 * Has the next recorders take their frames from `next`, which returns a frame, or nothing at the end, instead of from their
 * track. Returns a function that undoes this.
 */
export function insteadOfTracks(next) {
  const native = globalThis.MediaStreamTrackProcessor;
  globalThis.MediaStreamTrackProcessor = class {
    readable = new ReadableStream(
      {
        async pull(controller) {
          // The worker was given a clone.
          this.last?.close();
          this.last = await next();
          if (this.last) controller.enqueue({ frame: this.last, arrived: AHEAD + this.last.timestamp / 1000 });
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  };
  return () => (globalThis.MediaStreamTrackProcessor = native);
}
