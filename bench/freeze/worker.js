// Detects freezes in real decoded frames: half of them move, half of them are static.
const WIDTH = 1920;
const HEIGHT = 1080;
const FRAMES = 90;
const RATE = 30;
const CODEC = 'avc1.640028';

let chunks;

onmessage = async ({ data: build }) => {
  try {
    chunks ??= await encoded();
    const { default: load, Inspector } = await import(`./${build}/inspector.js`);
    await load();
    const inspector = new Inspector(decoded());
    const times = [];
    for (let n = 0; n < 2 * FRAMES; n++) times.push(await inspector.next());
    postMessage({ moving: mean(times.slice(RATE, FRAMES)), still: mean(times.slice(FRAMES + RATE)) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
postMessage('ready');

function mean(times) {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

/** A rough surface that drifts, and then is static. */
async function encoded() {
  const all = [];
  const encoder = new VideoEncoder({ output: (chunk) => all.push(chunk), error: (error) => reportError(error) });
  encoder.configure({
    codec: CODEC,
    width: WIDTH,
    height: HEIGHT,
    bitrate: 6e6,
    framerate: RATE,
    latencyMode: 'realtime',
    avc: { format: 'annexb' },
  });
  const surface = new Uint8Array((WIDTH + FRAMES * 3) * HEIGHT).map(
    (_, i) => 128 + 40 * Math.sin(i / 7) + ((i * 7919) % 31),
  );
  for (let n = 0; n < 2 * FRAMES; n++) {
    const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
    const shift = 3 * Math.min(n, FRAMES - 1);
    for (let y = 0; y < HEIGHT; y++) {
      const from = y * (WIDTH + FRAMES * 3) + shift;
      data.set(surface.subarray(from, from + WIDTH), y * WIDTH);
    }
    const timestamp = Math.round((n * 1e6) / RATE);
    const frame = new VideoFrame(data, { format: 'I420', codedWidth: WIDTH, codedHeight: HEIGHT, timestamp });
    encoder.encode(frame);
    frame.close();
    while (encoder.encodeQueueSize > 2) await new Promise((done) => (encoder.ondequeue = done));
  }
  await encoder.flush();
  encoder.close();
  return all;
}

/** A decoder's frames, one for each read. */
function decoded() {
  let next = 0;
  let deliver;
  const decoder = new VideoDecoder({ output: (frame) => deliver(frame), error: (error) => reportError(error) });
  decoder.configure({ codec: CODEC, optimizeForLatency: true });
  return new ReadableStream({
    async pull(controller) {
      const frame = new Promise((done) => (deliver = done));
      decoder.decode(chunks[next++]);
      if (next === chunks.length) decoder.flush().catch(() => {});
      controller.enqueue(await frame);
      if (next === chunks.length) controller.close();
    },
  });
}
