/** Decodes what arrives, one chunk after another, and hands over each picture. */
export class Receiver {
  readonly #decoder: VideoDecoder;
  #failure: Error | undefined;

  constructor(codec: string, onFrame: (frame: VideoFrame) => void) {
    this.#decoder = new VideoDecoder({ output: onFrame, error: (error) => (this.#failure = error) });
    this.#decoder.configure({ codec, optimizeForLatency: true });
  }

  /** Takes the next chunk; the bitstream carries a change of size. */
  receive(chunk: EncodedVideoChunk): void {
    this.#decoder.decode(chunk);
  }

  /** Resolves when all has been handed over. */
  async finish(): Promise<void> {
    await this.#decoder.flush();
    this.#decoder.close();
    if (this.#failure) throw this.#failure;
  }
}

/** The luma of a frame, without padding. */
export async function lumaOf(frame: VideoFrame): Promise<Uint8Array> {
  const data = new Uint8Array(frame.allocationSize());
  const [luma] = await frame.copyTo(data);
  const { width, height } = frame.visibleRect!;
  if (!luma) throw new Error('a frame without pixels');
  if (luma.stride === width) return data.subarray(luma.offset, luma.offset + width * height);
  const packed = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = luma.offset + y * luma.stride;
    packed.set(data.subarray(start, start + width), y * width);
  }
  return packed;
}

/** The samples of a frame, all of its planes, as a short text: of two pictures that differ, another one. */
export async function fingerprintOf(frame: VideoFrame): Promise<string> {
  const data = new Uint8Array(frame.allocationSize());
  await frame.copyTo(data);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', data));
  return `${frame.codedWidth}: ${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
