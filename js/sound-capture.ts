import type { TrackreelError, errorOf } from './errors.js';

/** Called with the reason why there is no sound. */
type OnFault = (error: TrackreelError) => void;

/** How long a context may take to run before it is reported, in milliseconds. */
const PATIENCE_MS = 3000;

/** What of a page's events counts as its user's, so that a context may start then. */
const GESTURES = ['click', 'keydown', 'touchend'];

/** The message for a worklet that can't be loaded. */
const NOT_LOADED = 'sound-worklet.js could not be loaded';

/** The message for a context that does not start, by what is known of the browser's policy. */
const NOT_RUNNING = {
  disallowed:
    'this browser gives no sound before a click: it is recorded from the next one on; call start() in a click handler',
  allowed: 'this browser gives no sound without an audio device',
  unknown:
    'this browser gives no sound before a click, or without an audio device: it is recorded from the next click on',
};

/**
 * Sends the sound of a track through a port, from the thread of an audio context. It plays nothing.
 *
 * @param address - that of `sound-worklet.js`, if it is not beside this file
 * @param onFault - called when the context does not run, each time that it stops; and if the track's sound can't be taken
 * @param makeError - the page's, since this file has none of its classes
 * @returns what rejects if the worklet can't be loaded, and a way to end it
 */
export function captureInContext(
  context: AudioContext,
  track: MediaStreamTrack,
  port: MessagePort,
  address: string | undefined,
  onFault: OnFault,
  makeError: typeof errorOf,
): { loaded: Promise<void>; stop(): void } {
  let node: AudioWorkletNode | undefined;
  let source: MediaStreamAudioSourceNode | undefined;
  // Each time that it runs: a source of Safari's keeps what came meanwhile, and is late by that.
  const connect = () => {
    source?.disconnect();
    if (!node || context.state !== 'running') return;
    try {
      source = context.createMediaStreamSource(new MediaStream([track]));
      source.connect(node);
    } catch (cause) {
      onFault(makeError('unsupported', `this browser gives no sound of this track: ${cause}`, { cause }));
    }
  };
  const stop = keepRunning(context, connect, () => onFault(makeError('unsupported', NOT_RUNNING[policy()])));
  const load = async () => {
    // Vite puts small files into the page's code, which not every policy allows.
    const worklet = address ?? new URL('./sound-worklet.js?no-inline', import.meta.url);
    try {
      await context.audioWorklet.addModule(worklet);
      if (context.state === 'closed') return;
      node = new AudioWorkletNode(context, 'trackreel-sound', { numberOfOutputs: 0 });
    } catch (cause) {
      throw new Error(`${NOT_LOADED}: ${cause}; locate() sets its address`, { cause });
    }
    node.port.postMessage(port, [port]);
    connect();
  };
  return { loaded: load(), stop };
}

/** Has a context run, at the latest after the user's next click. Reports it each time that it does not. Gives a way to end that. */
function keepRunning(context: AudioContext, onRunning: () => void, onSilent: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const resume = () => void context.resume().catch(() => {});
  const calm = () => {
    clearTimeout(timer);
    for (const type of GESTURES) removeEventListener(type, resume, true);
  };
  const look = () => {
    calm();
    if (context.state === 'running') return onRunning();
    for (const type of GESTURES) addEventListener(type, resume, true);
    timer = setTimeout(onSilent, PATIENCE_MS);
    resume();
  };
  context.addEventListener('statechange', look);
  look();
  return () => {
    context.removeEventListener('statechange', look);
    calm();
  };
}

/** The browser's policy, as far as it reports one: https://www.w3.org/TR/autoplay-detection/ */
function policy(): keyof typeof NOT_RUNNING {
  const { getAutoplayPolicy } = navigator as { getAutoplayPolicy?(type: string): string };
  if (!getAutoplayPolicy) return 'unknown';
  return getAutoplayPolicy.call(navigator, 'audiocontext') === 'disallowed' ? 'disallowed' : 'allowed';
}
