// A worker of its own for the software encoder: it is started by whoever needs it, and given one port by its only message.
import type * as StandIn from '../stand-in/messages.js';
import { Work } from './work.js';

type Encoded = StandIn.Encoded<'openH264'>;
type StandInMessage = StandIn.StandInMessage<'openH264'>;
type Task = StandIn.Task<'openH264'>;

/** An encoder's work, done one piece after the other. */
interface Encoder {
  work: Work;
  last: Promise<void>;
  isClosed: boolean;
}

self.onmessage = async ({ data: { port, wasm } }: MessageEvent<StandIn.StandInBegin>) => {
  const send = (news: StandInMessage, transfer: Transferable[] = []) => port.postMessage(news, transfer);
  try {
    const response = await fetch(wasm ?? new URL('./openh264.wasm', import.meta.url));
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    // Not as it streams in: that needs a server that knows the type.
    serve(port, await WebAssembly.compile(await response.arrayBuffer()), send);
    send({ ready: true });
  } catch (error) {
    send({ ready: true, failed: `the OpenH264 module could not be loaded: ${(error as Error).message}` });
  }
};

function serve(
  port: MessagePort,
  compiled: WebAssembly.Module,
  send: (news: StandInMessage, transfer?: Transferable[]) => void,
) {
  const encoders = new Map<number, Encoder>();

  const fail = (id: number, error: unknown) => {
    const encoder = encoders.get(id);
    // It stays until its other half closes it, so that what comes meanwhile makes no new one.
    if (encoder) encoder.isClosed = true;
    const { name, message } = error as Error;
    // What is not said by WebCodecs' names is a trap: out of memory, or a mistake of ours.
    send({ id, failed: message, name: error instanceof DOMException ? name : 'OperationError' });
  };

  const perform = async (encoder: Encoder, task: Task) => {
    const { id } = task;
    try {
      if (encoder.isClosed) return;
      if ('configure' in task) encoder.work.configure(task.configure);
      else if ('flush' in task) send({ id, flushed: true });
      else if ('encode' in task) {
        const encoded = await encoder.work.encode(task.encode, task.key);
        if (!encoder.isClosed) send({ id, done: 1, encoded }, transferOf(encoded));
      }
    } catch (error) {
      if (!encoder.isClosed) fail(id, error);
    } finally {
      if ('encode' in task) task.encode.close();
    }
  };

  port.onmessage = ({ data: task }: MessageEvent<Task>) => {
    const { id } = task;
    let encoder = encoders.get(id);
    if ('configure' in task && !encoder) {
      try {
        encoder = { work: new Work(compiled), last: Promise.resolve(), isClosed: false };
      } catch (error) {
        return fail(id, error);
      }
      encoders.set(id, encoder);
    }
    if ('close' in task || !encoder) {
      if (encoder) encoder.isClosed = true;
      encoders.delete(id);
      // It failed before the sender knew.
      if ('encode' in task) task.encode.close();
      return;
    }
    const { last } = encoder;
    const current = encoder;
    encoder.last = last.then(() => perform(current, task));
  };
}

function transferOf(encoded: Encoded | undefined): Transferable[] {
  return encoded ? [encoded.chunk.data] : [];
}
