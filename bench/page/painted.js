// A track of pictures that move, painted by the page, each with its number.
import { drawCounter } from '../../www/loopback/counter.ts';

const TURN_MS = 5;

/** Paints until `stop()`. While `isFrozen` is set, the last picture is repeated. `painted()` gives its number. */
export function paint({ width, height, fps }) {
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = track.writable.getWriter();
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  const began = performance.now();
  let [sent, painted, timer] = [0, -1, 0];
  const source = {
    track,
    isFrozen: false,
    painted: () => painted,
    stop() {
      clearTimeout(timer);
      track.stop();
    },
  };
  const turn = () => {
    for (; (sent * 1000) / fps <= performance.now() - began; sent++) {
      if (!source.isFrozen) draw(context, ++painted, width, height);
      void writer.write(new VideoFrame(canvas, { timestamp: (sent * 1e6) / fps }));
    }
    timer = setTimeout(turn, TURN_MS);
  };
  turn();
  return source;
}

function draw(context, n, width, height) {
  context.fillStyle = `hsl(${n % 360} 60% 40%)`;
  context.fillRect(0, 0, width, height);
  for (let i = 0; i < 40; i++) {
    context.fillStyle = `hsl(${(i * 47) % 360} 70% 60%)`;
    context.fillRect((i * 97 + n * (3 + (i % 5))) % width, (i * 53) % height, width / 20, height / 18);
  }
  drawCounter(context, n, width, height);
}
