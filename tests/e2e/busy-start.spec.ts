import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

// A worker that is slow to start counted as lost, and frames that came meanwhile were not counted.
test('a recording that is started while every core is busy is whole', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { file, progress, reason } = await page.evaluate(async () => {
    const work = 'onmessage = () => { for (;;); }';
    const address = URL.createObjectURL(new Blob([work], { type: 'text/javascript' }));
    const busy = Array.from({ length: 2 * navigator.hardwareConcurrency }, () => new Worker(address));
    busy.forEach((worker) => worker.postMessage(null));
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity });
    const reason = new Promise((resolve) => recorder.addEventListener('stop', ({ detail }) => resolve(detail.reason)));
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames >= 30);
    busy.forEach((worker) => worker.terminate());
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reason: await reason };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(reason).toBe('stopped');
  expect(movie.counters.length).toBe(progress.frames);
  await witness.expectFaithful(movie, progress);
});
