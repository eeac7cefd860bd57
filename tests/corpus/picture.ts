/** A picture as codecs take it: a luma plane and two chroma planes of half its width and height. */
export class Picture {
  readonly width: number;
  readonly height: number;
  /** The three planes, one after the other: the format `I420` of https://www.w3.org/TR/webcodecs/#pixel-format. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly luma: Uint8Array;

  /** A grey one. */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array((width * height * 3) / 2).fill(128);
    this.luma = this.data.subarray(0, width * height);
  }

  /** Fills a rectangle, clipped to the picture. With even coordinates luma and chroma cover the same pixels. */
  fill(left: number, top: number, width: number, height: number, [y, u, v]: Colour): void {
    this.#fillPlane(0, this.width, this.height, left, top, left + width, top + height, y);
    const [w, h] = [this.width / 2, this.height / 2];
    const at = [left / 2, top / 2, (left + width) / 2, (top + height) / 2] as const;
    this.#fillPlane(this.luma.length, w, h, ...at, u);
    this.#fillPlane(this.luma.length + w * h, w, h, ...at, v);
  }

  #fillPlane(
    offset: number,
    width: number,
    height: number,
    left: number,
    top: number,
    right: number,
    bottom: number,
    value: number,
  ): void {
    const [from, to] = [Math.max(0, Math.round(left)), Math.min(width, Math.round(right))];
    if (to <= from) return;
    for (let y = Math.max(0, Math.round(top)); y < Math.min(height, Math.round(bottom)); y++) {
      this.data.fill(value, offset + y * width + from, offset + y * width + to);
    }
  }

  /** The same at half the width and height, as a sender with few bits to spare sends it. */
  halved(): Picture {
    const half = new Picture(this.width / 2, this.height / 2);
    const plane = (from: number, to: number, width: number, height: number) => {
      for (let y = 0; y < height / 2; y++) {
        for (let x = 0; x < width / 2; x++) {
          const at = from + 2 * y * width + 2 * x;
          const sum = this.data[at]! + this.data[at + 1]! + this.data[at + width]! + this.data[at + width + 1]!;
          half.data[to + (y * width) / 2 + x] = (sum + 2) >> 2;
        }
      }
    };
    const [size, chroma] = [this.luma.length, this.luma.length / 4];
    plane(0, 0, this.width, this.height);
    plane(size, size / 4, this.width / 2, this.height / 2);
    plane(size + chroma, size / 4 + chroma / 4, this.width / 2, this.height / 2);
    return half;
  }

  /** As a frame at this time, in microseconds. */
  frame(timestamp: number): VideoFrame {
    return new VideoFrame(this.data, {
      format: 'I420',
      codedWidth: this.width,
      codedHeight: this.height,
      timestamp,
      colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
    });
  }
}

/** Luma, and the two chroma values around 128. */
export type Colour = readonly [y: number, u: number, v: number];
