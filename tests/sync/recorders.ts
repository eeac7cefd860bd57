import { Recorder, type Reel } from 'trackreel';

/** What records a stream: trackreel, or the browser's own recorder. */
export interface AnyRecorder {
  start(): Promise<void> | void;
  pause(): void;
  resume(): void;
  /** Ends the recording and returns its file. */
  finish(): Promise<Blob>;
}

/** The types that the browser's own recorder is asked for. */
const NATIVE = {
  'native-webm': 'video/webm;codecs=vp8,opus',
  'native-mp4': 'video/mp4;codecs=avc1.42E01F,opus',
};

/** A recorder of each kind that this browser has. `isTapped` is whether the stream can be kept as it is received. A reel is resumed by trackreel. */
export function recordersOf(stream: MediaStream, isTapped: boolean, reel?: Reel): Record<string, AnyRecorder> {
  const recorders: Record<string, AnyRecorder> = { trackreel: trackreel(stream, 'frames', reel) };
  if (isTapped) recorders['trackreel-received'] = trackreel(stream, 'received');
  for (const [name, mimeType] of Object.entries(NATIVE)) {
    if (globalThis.MediaRecorder?.isTypeSupported(mimeType)) recorders[name] = native(stream, mimeType);
  }
  return recorders;
}

function trackreel(stream: MediaStream, source: 'frames' | 'received', reel?: Reel): AnyRecorder {
  const recorder = new Recorder(stream, { source });
  const failed = new Promise<never>((_, reject) => {
    recorder.addEventListener('error', ({ detail }) => reject(detail));
  });
  failed.catch(() => {});
  return {
    start: () => recorder.start(reel),
    pause: () => recorder.pause(),
    resume: () => recorder.resume(),
    async finish() {
      await Promise.race([recorder.stop(), failed]);
      return recorder.export();
    },
  };
}

function native(stream: MediaStream, mimeType: string): AnyRecorder {
  const recorder = new MediaRecorder(stream, { mimeType });
  const data = new Promise<Blob>((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => resolve(data);
    recorder.onerror = () => reject(new Error(`the browser's own recorder failed with ${mimeType}`));
  });
  return {
    start: () => recorder.start(),
    pause: () => recorder.pause(),
    resume: () => recorder.resume(),
    finish() {
      recorder.stop();
      return data;
    },
  };
}
