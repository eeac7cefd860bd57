import { makeBeeper } from './support/beeper.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { samplesOf } from './support/samples.js';

/** The samples of a file that came as base64. */
const readSamples = (path: string, base64: string) => samplesOf(path, Buffer.from(base64, 'base64'));

test('a file grows while it is recorded, plays in between, and is all of it at the end', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const { early, whole, exported, failures } = await page.evaluate(async () => {
    const codeOf = (error: { code: string }) => error.code;
    const recorder = new lab.trackreel.Recorder(beeper.stream, { bitrate: 4_000_000 });
    const failures = [await recorder.saveTo().catch(codeOf)];
    await recorder.start();
    beeper.begin();
    failures.push(await recorder.saveTo().catch(codeOf));
    failures.push(await recorder.saveTo({} as FileSystemFileHandle).catch(codeOf));
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle('live.mp4', { create: true });
    const saving = recorder.saveTo(file);
    // The file as other programs read it.
    let early = new Blob();
    while (!early.size) {
      await lab.reached(recorder, () => true);
      await new Promise(requestAnimationFrame);
      early = new Blob([await (await file.getFile()).arrayBuffer()]);
    }
    const isEarly = recorder.state === 'recording';
    await recorder.stop();
    await saving;
    const whole = await lab.base64(await file.getFile());
    const exported = await lab.base64(await recorder.export());
    await beeper.end();
    return { early: isEarly ? await lab.base64(early) : '', whole, exported, failures };
  });
  expect(failures).toEqual(['nothing-recorded', 'invalid-option', 'invalid-option']);
  const expected = readSamples(info.outputPath('exported.mp4'), exported);
  expect(readSamples(info.outputPath('whole.mp4'), whole)).toEqual(expected);
  const before = readSamples(info.outputPath('early.mp4'), early);
  expect(before.length).toBeGreaterThan(50);
  expect(expected).toEqual(expect.arrayContaining(before));
});

test('after a reload the file is continued, each sample once, though more of it was written than was noted', async ({
  page,
}, info) => {
  await openLab(page);
  const id = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { bitrate: 4_000_000 });
    await recorder.start();
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle('continued.mp4', { create: true });
    void recorder.saveTo(file).catch(() => {});
    while (!(await file.getFile()).size) await new Promise(requestAnimationFrame);
    return recorder.reel!.id;
  });
  await page.reload();
  await equip(page);
  const { whole, exported } = await page.evaluate(async (id) => {
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle('continued.mp4');
    // As if a crash had come between the file and the note of it.
    const writable = await file.createWritable({ keepExistingData: true });
    const { size } = await file.getFile();
    await writable.write({ type: 'write', position: size, data: new Uint8Array(1000) });
    await writable.close();
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    await reel.saveTo();
    return { whole: await lab.base64(await file.getFile()), exported: await lab.base64(await reel.export()) };
  }, id);
  const expected = readSamples(info.outputPath('exported.mp4'), exported);
  expect(readSamples(info.outputPath('whole.mp4'), whole)).toEqual(expected);
});

// A browser asks again once it was closed. Only the answers are not its own here: the file is a real one.
test('a file that has to be permitted again is asked for, and continued once it is', async ({ page }, info) => {
  await openLab(page);
  const id = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { bitrate: 4_000_000 });
    await recorder.start();
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle('permitted.mp4', { create: true });
    void recorder.saveTo(file).catch(() => {});
    while (!(await file.getFile()).size) await new Promise(requestAnimationFrame);
    return recorder.reel!.id;
  });
  await page.reload();
  await equip(page);
  const { asked, refusals, unchanged, whole, exported } = await page.evaluate(async (id) => {
    const asked: unknown[] = [];
    const answers = [
      async () => 'denied',
      async () => 'prompt',
      () => Promise.reject(new DOMException('it takes a click', 'SecurityError')),
      async () => 'granted',
    ];
    Object.assign(FileSystemHandle.prototype, {
      queryPermission: async () => 'prompt',
      requestPermission(of: unknown) {
        asked.push([(this as unknown as FileSystemHandle).name, of]);
        return answers.shift()!();
      },
    });
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    const file = await (await navigator.storage.getDirectory()).getFileHandle('permitted.mp4');
    const { size } = await file.getFile();
    const refusals = [];
    while (answers.length > 1) {
      refusals.push(await reel.saveTo().catch(({ name, code }) => ({ name, code })));
    }
    const unchanged = (await file.getFile()).size === size;
    await reel.saveTo();
    const whole = await lab.base64(await file.getFile());
    return { asked, refusals, unchanged, whole, exported: await lab.base64(await reel.export()) };
  }, id);
  expect(asked).toEqual(Array(4).fill(['permitted.mp4', { mode: 'readwrite' }]));
  expect(refusals).toEqual(Array(3).fill({ name: 'StorageError', code: 'storage' }));
  expect(unchanged).toBe(true);
  const expected = readSamples(info.outputPath('exported.mp4'), exported);
  expect(readSamples(info.outputPath('whole.mp4'), whole)).toEqual(expected);
});
