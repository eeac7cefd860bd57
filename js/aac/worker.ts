// A worker of its own for the AAC module: it is started by whoever needs it, and given one port by its only message.
import type { StandInMessage, StandInBegin, Task } from '../stand-in/messages.js';
import { AacEncoder } from './encoder.js';
import type { AacChunk } from './stream.js';

self.onmessage = async ({ data: { port, wasm } }: MessageEvent<StandInBegin>) => {
  const send = (news: StandInMessage<'aac'>, transfer: Transferable[] = []) => port.postMessage(news, transfer);
  try {
    const response = await fetch(wasm ?? new URL('./aac.wasm', import.meta.url));
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    // Not as it streams in: that needs a server that has the type.
    serve(port, await WebAssembly.compile(await response.arrayBuffer()), send);
    send({ ready: true });
  } catch (error) {
    send({ ready: true, failed: `the AAC module could not be loaded: ${(error as Error).message}` });
  }
};

function serve(
  port: MessagePort,
  compiled: WebAssembly.Module,
  send: (news: StandInMessage<'aac'>, transfer?: Transferable[]) => void,
) {
  const encoders = new Map<number, AacEncoder>();

  const start = (id: number) => {
    const encoder = new AacEncoder(compiled, {
      output: ({ data, ...chunk }: AacChunk, { decoderConfig }) => {
        const parts = { ...chunk, type: 'key' as const, data: data.buffer, transfer: [data.buffer] };
        send({ id, done: 0, encoded: { chunk: parts, config: decoderConfig } }, [data.buffer]);
      },
      error: ({ name, message }) => send({ id, failed: message, name }),
    });
    encoders.set(id, encoder);
    return encoder;
  };

  port.onmessage = ({ data: task }: MessageEvent<Task<'aac'>>) => {
    const { id } = task;
    const encoder = encoders.get(id);
    try {
      if ('configure' in task) (encoder ?? start(id)).configure(task.configure);
      else if ('encode' in task) {
        // One that has failed is closed, and its other half has the reason.
        if (encoder?.state === 'configured') encoder.encode(samplesOf(task.encode));
        send({ id, done: 1, encoded: undefined });
      } else if ('flush' in task) {
        encoder?.flush().then(
          () => send({ id, flushed: true }),
          () => {},
        );
      } else {
        if (encoder?.state !== 'closed') encoder?.close();
        encoders.delete(id);
      }
    } catch (error) {
      send({ id, failed: (error as Error).message, name: 'OperationError' });
    } finally {
      if ('encode' in task) task.encode.close();
    }
  };
}

function samplesOf(sound: AudioData) {
  const planes = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
    const plane = new Float32Array(sound.numberOfFrames);
    sound.copyTo(plane, { planeIndex, format: 'f32-planar' });
    return plane;
  });
  return { planes, timestamp: sound.timestamp };
}
