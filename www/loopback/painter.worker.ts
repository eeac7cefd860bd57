import { Painter } from './painter.js';
import type { PainterMessage } from './source.js';

let painter: Painter | undefined;

addEventListener('message', ({ data }: MessageEvent<PainterMessage>) => {
  if ('frozen' in data) {
    if (painter) painter.frozen = data.frozen;
    return;
  }
  const { writable, width, height, fps } = data;
  const writer = writable.getWriter();
  const canvas = new OffscreenCanvas(width, height);
  const ctx = canvas.getContext('2d', { alpha: false });
  if (!ctx) throw new Error('this browser gives no 2D canvas');
  const send = (timestamp: number) => {
    const frame = new VideoFrame(canvas, { timestamp });
    writer.write(frame).catch(() => {
      // The track has ended, and nothing waits for this frame.
      frame.close();
      painter?.stop();
    });
  };
  painter = new Painter(ctx, fps, send, () => (writer.desiredSize ?? 0) > 0);
  painter.onSecond = (second) => postMessage(second);
  painter.start();
});
