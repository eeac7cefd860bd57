// A tone, past the page's thread: the timers of a hidden page are slow.
const RATE = 48_000;
const BLOCK = 480;

onmessage = async ({ data: writable }) => {
  const writer = writable.getWriter();
  const began = performance.now();
  for (let blocks = 0; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
    for (; blocks * 10 <= performance.now() - began; blocks++) {
      const wave = (_, n) => 0.3 * Math.sin((2 * Math.PI * 440 * (n + blocks * BLOCK)) / RATE);
      const data = Float32Array.from({ length: BLOCK }, wave);
      const format = { format: 'f32-planar', sampleRate: RATE, numberOfFrames: BLOCK, numberOfChannels: 1 };
      void writer.write(new AudioData({ ...format, timestamp: (began + blocks * 10) * 1000, data }));
    }
  }
};
