// The entry aac.js, for a worker to import where sound is to be encoded to AAC and the browser has no encoder for it.
import { AacEncoder, type AacEncoderInit } from './encoder.js';

export type { AacEncoder, AacEncoderInit } from './encoder.js';
export type { AacChunk, Samples } from './stream.js';

/** Makes an encoder that stands in for the browser's own. */
export type AacConstructor = new (init: AacEncoderInit) => AacEncoder;

/**
 * Loads the module, from beside this file unless another address is given, and gives the constructor of encoders.
 *
 * @throws Error if it can't be loaded, with the reason
 */
export async function loadAac(wasm: string | URL = new URL('./aac.wasm', import.meta.url)): Promise<AacConstructor> {
  let compiled: WebAssembly.Module;
  try {
    const response = await fetch(wasm);
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    // Not as it streams in: that needs a server that has the type.
    compiled = await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`the AAC module could not be loaded: ${(error as Error).message}`);
  }
  return class extends AacEncoder {
    constructor(init: AacEncoderInit) {
      super(compiled, init);
    }
  };
}
