import type { Page } from '@playwright/test';
import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

// Promises and events of the browser's that never come. Each blocked a recording.

/** Patience of this many milliseconds or more is short in these tests. */
const hurry = (least: number) => {
  const wait = globalThis.setTimeout;
  globalThis.setTimeout = ((callback: () => void, ms = 0) => wait(callback, ms >= least ? 1_000 : ms)) as typeof wait;
};

/** Records for some seconds, and stops. What never comes is silent from the first second on. */
function record(page: Page) {
  return page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const ended = lab.ended(recorder);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    new BroadcastChannel('silence').postMessage('now');
    await Promise.race([lab.reached(recorder, ({ duration }) => duration >= 4).catch(() => {}), ended]);
    const code = await recorder.stop().then(
      () => 'resolved',
      (error) => error.code,
    );
    const file = await lab.base64(await recorder.export());
    return { file, code, reported: await ended, progress: recorder.progress };
  });
}

/** Expects a recording of all that the witness observes. */
async function expectUnharmed(page: Page, witness: Witness): Promise<void> {
  const { file, code, reported, progress } = await record(page);
  expect([code, reported]).toEqual(['resolved', ['stopped']]);
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
}

test('a picture that is never copied stops nothing', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(page, () => {
    new BroadcastChannel('silence').onmessage = () => {
      VideoFrame.prototype.copyTo = () => new Promise(() => {});
    };
  });
  await expectUnharmed(page, witness);
});

test('a disk that does not answer ends the recording with an error, and nothing that was recorded is lost', async ({
  page,
}) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(
    page,
    eval(`() => {
    (${hurry})(10_000);
    new BroadcastChannel('silence').onmessage = () => {
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (stores, mode) {
        const made = transaction.call(this, stores, mode);
        if (mode === 'readwrite') {
          for (const name of ['oncomplete', 'onabort']) Object.defineProperty(made, name, { set() {} });
        }
        return made;
      };
    };
  }`),
  );
  const { file, code, reported, progress } = await record(page);
  expect([code, reported]).toEqual(['storage', ['storage', 'error']]);
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(movie.counters.length).toBe(progress.frames);
});

for (const [name, silence] of [
  ['what it decodes', 'VideoDecoder.isConfigSupported = () => new Promise(() => {});'],
  ['when it is empty', 'VideoDecoder.prototype.flush = () => new Promise(() => {});'],
] as const) {
  test(`a decoder that never reports ${name} stops nothing`, async ({ page }) => {
    await openLab(page);
    await patchWorkers(page, eval(`() => { (${hurry})(10_000); ${silence} }`));
    const { file, progress } = await page.evaluate(async () => {
      const generator = new MediaStreamTrackGenerator({ kind: 'video' });
      const writer = generator.writable.getWriter();
      const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { maxFps: Infinity });
      await recorder.start();
      for (const [n, [width, height]] of [...Array(10).fill([320, 180]), ...Array(10).fill([640, 360])].entries()) {
        const canvas = new OffscreenCanvas(width, height);
        canvas.getContext('2d')!.fillRect(n * 9, 0, 9, height);
        await writer.write(new VideoFrame(canvas, { timestamp: n * 40_000 }));
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      await recorder.stop();
      return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
    });
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    expect(movie.counters.length).toBe(progress.frames);
    expect(progress.frames).toBe(progress.received);
  });
}

test('locks that are never granted, and locks that are never listed, are an error', async ({ page }) => {
  await openLab(page);
  await patchWorkers(
    page,
    eval(`() => {
    (${hurry})(5_000);
    LockManager.prototype.request = () => new Promise(() => {});
    LockManager.prototype.query = () => new Promise(() => {});
  }`),
  );
  const codes = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const code = (error: { code: string }) => error.code;
    return [await recorder.start().catch(code), await lab.trackreel.reels.list().catch(code)];
  });
  expect(codes).toEqual(['storage', 'storage']);
});

test('a disk that does not report how full it is stops nothing', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(page, () => {
    StorageManager.prototype.estimate = () => new Promise(() => {});
  });
  await expectUnharmed(page, witness);
});
