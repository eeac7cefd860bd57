// Encrypts sent frames; or decrypts received ones, by the listing that is this worker's name.

/** What of a frame of VP8 stays as it is: WebRTC reads it. */
const CLEAR_BYTES = 10;
const IV_BYTES = 12;
const ALGORITHM = 'AES-GCM';

type Frame = RTCEncodedVideoFrame | RTCEncodedAudioFrame;

interface Transformer {
  readable: ReadableStream<Frame>;
  writable: WritableStream<Frame>;
}

const scope = globalThis as unknown as {
  name: string;
  surroundings: object;
  onrtctransform: (event: { transformer: Transformer }) => void;
  postMessage(message: string): void;
};

const key = await crypto.subtle.importKey('raw', new Uint8Array(16).fill(7), ALGORITHM, false, ['encrypt', 'decrypt']);

async function encrypt(frame: Frame): Promise<void> {
  const clear = frame.data.slice(0, CLEAR_BYTES);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const parameters = { name: ALGORITHM, iv, additionalData: clear };
  const secret = await crypto.subtle.encrypt(parameters, key, frame.data.slice(CLEAR_BYTES));
  frame.data = await new Blob([clear, iv, secret]).arrayBuffer();
}

async function decrypt(frame: Frame): Promise<void> {
  const clear = frame.data.slice(0, CLEAR_BYTES);
  const iv = frame.data.slice(CLEAR_BYTES, CLEAR_BYTES + IV_BYTES);
  const parameters = { name: ALGORITHM, iv, additionalData: clear };
  const open = await crypto.subtle.decrypt(parameters, key, frame.data.slice(CLEAR_BYTES + IV_BYTES));
  frame.data = await new Blob([clear, open]).arrayBuffer();
}

scope.surroundings = { decrypt };
if (scope.name) await import(/* @vite-ignore */ `/listings/${scope.name}.js`);
else
  scope.onrtctransform = ({ transformer: { readable, writable } }) => {
    const transform = async (frame: Frame, controller: TransformStreamDefaultController<Frame>) => {
      await encrypt(frame);
      controller.enqueue(frame);
    };
    void readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable);
  };
scope.postMessage('ready');

export {};
