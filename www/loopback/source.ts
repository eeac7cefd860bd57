import { Painter } from './painter.js';

/** A video track that is painted, not filmed. */
export interface Source {
  track: MediaStreamTrack;
  /** Whether to go on with the same picture. */
  freeze(frozen: boolean): void;
  stop(): void;
}

/** Size in pixels, rate in frames per second. */
export interface SourceOptions {
  width: number;
  height: number;
  fps: number;
}

/** What is sent to the worker that paints: first where to and what, then whether the picture stands still. */
export type PainterMessage = ({ writable: WritableStream<VideoFrame> } & SourceOptions) | { frozen: boolean };

/** Paints in a worker where frames can be written to a track, and on the page's thread elsewhere. */
export function startSource(options: SourceOptions): Source {
  return typeof MediaStreamTrackGenerator === 'undefined' ? canvasSource(options) : workerSource(options);
}

/** Goes on at its pace while the page's thread is blocked, or its tab is in the background. */
function workerSource(options: SourceOptions): Source {
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  const worker = new Worker(new URL('./painter.worker.ts', import.meta.url), { type: 'module' });
  const tell = (message: PainterMessage, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  tell({ writable: generator.writable, ...options }, [generator.writable]);
  return {
    track: generator,
    freeze: (frozen) => tell({ frozen }),
    stop() {
      generator.stop();
      worker.terminate();
    },
  };
}

function canvasSource({ width, height, fps }: SourceOptions): Source {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext('2d', { alpha: false });
  const [track] = canvas.captureStream(fps).getVideoTracks();
  if (!ctx || !track) throw new Error('this browser can’t capture a canvas');
  // Painting is enough: the browser captures what it sees painted.
  const painter = new Painter(ctx, fps, () => {});
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
