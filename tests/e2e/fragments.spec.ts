import type { Fragment } from '../../js/index.js';
import { makeBeeper } from './support/beeper.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { samplesOf } from './support/samples.js';

/** The samples of a file that came as base64. */
const readSamples = (path: string, base64: string) => samplesOf(path, Buffer.from(base64, 'base64'));

test('fragments that come while it is recorded are the file that an export is, sample by sample', async ({
  page,
}, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const { fragments, exported, kinds, played, failures } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream);
    const failures = [];
    try {
      recorder.fragments();
    } catch (error) {
      failures.push((error as { code: string }).code);
    }
    await recorder.start();
    beeper.begin();
    // One is read as it comes, another stops in the middle, and a third continues behind it.
    const all: Fragment[] = [];
    const arrived = { early: false };
    const reading = (async () => {
      for await (const fragment of recorder.fragments()) {
        all.push(fragment);
        arrived.early ||= fragment.kind === 'media' && recorder.state === 'recording';
      }
    })();
    await lab.reached(recorder, ({ duration }) => duration > 4);
    recorder.pause();
    await lab.reached(recorder, ({ drops }) => drops.paused > 20);
    recorder.resume();
    const parts = [];
    for await (const fragment of recorder.fragments()) {
      parts.push(fragment);
      if (parts.length === 3) break;
    }
    while (!arrived.early) await new Promise(requestAnimationFrame);
    const aborter = new AbortController();
    const reader = recorder.fragments({ after: parts.at(-1)!.cursor, signal: aborter.signal }).getReader();
    await reader.read();
    aborter.abort(new Error('enough'));
    failures.push((await reader.read().catch((error) => error)).message);
    await recorder.stop();
    await reading;
    for await (const fragment of recorder.fragments({ after: parts.at(-1)!.cursor })) parts.push(fragment);
    for (const after of ['nonsense', recorder.reel!.id + '@1_2', 'other@1_2_3_4_5_6_7']) {
      try {
        await recorder.fragments({ after }).getReader().read();
      } catch (error) {
        failures.push((error as { code: string }).code);
      }
    }

    // What a page plays.
    const video = document.createElement('video');
    video.muted = true;
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
    const buffer = source.addSourceBuffer(all.findLast(({ kind }) => kind === 'init')!.mimeType);
    for (const { data } of all) {
      const appended = new Promise((resolve, reject) => {
        buffer.onupdateend = resolve;
        buffer.onerror = reject;
      });
      buffer.appendBuffer(await data.arrayBuffer());
      await appended;
    }
    source.endOfStream();
    const { buffered } = video;
    const ended = new Promise((resolve) => (video.onended = resolve));
    video.playbackRate = 4;
    await video.play();
    await ended;
    const played = { ranges: buffered.length, end: buffered.end(0), ended: video.ended, error: video.error };

    const fileOf = (fragments: { data: Blob }[]) => new Blob(fragments.map(({ data }) => data));
    const files = { all: await lab.base64(fileOf(all)), parts: await lab.base64(fileOf(parts)) };
    const exported = await recorder.export();
    await beeper.end();
    const kinds = all.map(({ kind, from, to }) => [kind, from, to] as const);
    return {
      fragments: files,
      exported: { file: await lab.base64(exported), length: exported.end - exported.start },
      kinds: { kinds, isEarly: arrived.early },
      played,
      failures,
    };
  });
  const expected = readSamples(info.outputPath('exported.mp4'), exported.file);
  expect(expected.length).toBeGreaterThan(400);
  for (const name of ['all', 'parts'] as const) {
    expect(readSamples(info.outputPath(`${name}.mp4`), fragments[name]), name).toEqual(expected);
  }
  expect(kinds.isEarly).toBe(true);
  const [first, ...media] = kinds.kinds;
  expect(first).toEqual(['init', 0, 0]);
  expect(media.map(([kind]) => kind)).toEqual(media.map(() => 'media'));
  for (const [n, [, from]] of media.slice(1).entries()) expect(from).toBeLessThanOrEqual(media[n]![2]);
  expect(played).toMatchObject({ ranges: 1, ended: true, error: null });
  expect(Math.abs(played.end - exported.length)).toBeLessThan(0.1);
  expect(failures).toEqual(['nothing-recorded', 'enough', 'invalid-option', 'invalid-option', 'invalid-option']);
});

test('fragments continue after a reload and in another tab, each once, and the reel that is resumed has more', async ({
  page,
  context,
}, info) => {
  await openLab(page);
  const other = await context.newPage();
  await openLab(other);
  const id = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 6);
    return recorder.reel!.id;
  });
  // Another tab reads what this one records.
  const before = await other.evaluate(async (id) => {
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    const fragments = [];
    for await (const { data, cursor } of reel.fragments()) {
      fragments.push({ data: await lab.base64(data), cursor });
      if (fragments.length === 3) break;
    }
    return { fragments, state: reel.state };
  }, id);
  expect(before.state).toBe('live');
  const cursor = before.fragments.at(-1)!.cursor;
  await page.reload();
  await equip(page);
  const after = await page.evaluate(
    async ({ id, cursor }) => {
      const { Recorder, reels } = lab.trackreel;
      const find = async () => (await reels.list()).find((reel) => reel.id === id)!;
      const fragments = [];
      // All that the crash has left, and then the fragments of the resumed recording.
      for await (const fragment of (await find()).fragments({ after: cursor })) fragments.push(fragment);
      const crashed = fragments.length;
      const known = (await find()).duration;
      const recorder = new Recorder(lab.loopback.stream);
      await recorder.start(id);
      await lab.reached(recorder, ({ duration }) => duration > known + 2);
      await recorder.stop();
      for await (const fragment of recorder.fragments({ after: fragments.at(-1)!.cursor })) fragments.push(fragment);
      const data = await Promise.all(fragments.map(({ data }) => lab.base64(data)));
      return { data, crashed, exported: await lab.base64(await recorder.export()) };
    },
    { id, cursor },
  );
  expect(after.crashed).toBeGreaterThan(0);
  expect(after.data.length).toBeGreaterThan(after.crashed);
  const parts = [...before.fragments.map(({ data }) => data), ...after.data].map((part) => Buffer.from(part, 'base64'));
  const file = Buffer.concat(parts).toString('base64');
  const exported = readSamples(info.outputPath('exported.mp4'), after.exported);
  expect(readSamples(info.outputPath('fragments.mp4'), file)).toEqual(exported);
});

// They ended before the new recording, and an upload was completed without the rest.
test('fragments of a reel that is resumed do not end before its recording', async ({ page }, info) => {
  await openLab(page);
  const { file, exported, before, after } = await page.evaluate(async () => {
    const first = new lab.trackreel.Recorder(lab.loopback.stream);
    await first.start();
    await lab.reached(first, ({ duration }) => duration > 1);
    await first.stop();
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start(first.reel);
    const fragments: Blob[] = [];
    const reading = (async () => {
      for await (const { data } of recorder.fragments()) fragments.push(data);
    })();
    const before = first.reel!.frames;
    await lab.reached(recorder, ({ frames }) => frames > before + 60);
    await recorder.stop();
    await reading;
    const exported = await lab.base64(await recorder.export());
    return { file: await lab.base64(new Blob(fragments)), exported, before, after: recorder.reel!.frames };
  });
  const expected = readSamples(info.outputPath('exported.mp4'), exported);
  expect(readSamples(info.outputPath('fragments.mp4'), file)).toEqual(expected);
  expect(after).toBeGreaterThan(before + 60);
});

test('a reel in memory has fragments, and one that becomes a WebM does not', async ({ page }, info) => {
  await openLab(page);
  const { file, exported, failures } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { storage: 'memory' });
    await recorder.start();
    const fragments: Blob[] = [];
    const reading = (async () => {
      for await (const { data } of recorder.fragments()) fragments.push(data);
    })();
    await lab.reached(recorder, ({ duration }) => duration > 3);
    await recorder.stop();
    await reading;
    const exported = await lab.base64(await recorder.export());
    const { reel } = recorder;
    await reel!.delete();
    const codeOf = (error: { code: string }) => error.code;
    const failures = [await reel!.fragments().getReader().read().catch(codeOf)];
    const webm = new lab.trackreel.Recorder(lab.loopback.stream, { container: 'webm', encoder: 'auto' });
    await webm.start();
    await lab.reached(webm, ({ duration }) => duration > 1);
    // Refused as soon as there is a record of it.
    failures.push(await webm.fragments().getReader().read().catch(codeOf));
    await webm.stop();
    return { file: await lab.base64(new Blob(fragments)), exported, failures };
  });
  const expected = readSamples(info.outputPath('exported.mp4'), exported);
  expect(readSamples(info.outputPath('fragments.mp4'), file)).toEqual(expected);
  expect(failures).toEqual(['no-such-reel', 'unsupported']);
});
