import { Painter } from './painter.js';

/** A video track that is painted, not filmed. */
export interface Source {
  track: MediaStreamTrack;
  /** Whether to repeat the same picture. */
  freeze(frozen: boolean): void;
  stop(): void;
}

/** Size in pixels, rate in frames per second. */
export interface SourceOptions {
  width: number;
  height: number;
  fps: number;
}

/** What is sent to the worker that paints: first where to and what, then whether the picture is static. */
export type PainterMessage = ({ writable: WritableStream<VideoFrame> } & SourceOptions) | { frozen: boolean };

/** Called with each second of the scene's clock when it is painted. */
export type OnSecond = (second: number) => void;

/** Paints in a worker where frames can be written to a track, and on the page's thread elsewhere. */
export function startSource(options: SourceOptions, onSecond: OnSecond = () => {}): Source {
  const isPage = typeof MediaStreamTrackGenerator === 'undefined';
  return isPage ? canvasSource(options, onSecond) : workerSource(options, onSecond);
}

/** Keeps its pace while the page's thread is blocked, or its tab is in the background. */
function workerSource(options: SourceOptions, onSecond: OnSecond): Source {
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  const worker = new Worker(new URL('./painter.worker.ts', import.meta.url), { type: 'module' });
  const send = (message: PainterMessage, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  worker.onmessage = ({ data }: MessageEvent<number>) => onSecond(data);
  send({ writable: generator.writable, ...options }, [generator.writable]);
  return {
    track: generator,
    freeze: (frozen) => send({ frozen }),
    stop() {
      generator.stop();
      worker.terminate();
    },
  };
}

function canvasSource({ width, height, fps }: SourceOptions, onSecond: OnSecond): Source {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext('2d', { alpha: false });
  const [track] = canvas.captureStream(fps).getVideoTracks();
  if (!ctx || !track) throw new Error('this browser can’t capture a canvas');
  // Painting is enough: the browser captures each painted picture.
  const painter = new Painter(ctx, fps, () => {});
  painter.onSecond = onSecond;
  painter.start();
  return {
    track,
    freeze: (frozen) => (painter.frozen = frozen),
    stop() {
      painter.stop();
      track.stop();
    },
  };
}
