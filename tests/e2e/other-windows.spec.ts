import { expect, openLab, test } from './support/fixtures.js';

// A stream from the page's opener, or from a frame, was refused as no MediaStream.
test('a stream, a signal and a reel of another window, or of a second copy of the module, are taken', async ({
  page,
}) => {
  await openLab(page);
  const result = await page.evaluate(async () => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const other = frame.contentWindow as Window & typeof globalThis;
    const stream = new other.MediaStream(lab.loopback.stream.getVideoTracks());
    const isOther = !(stream instanceof MediaStream);
    const recorder = new lab.trackreel.Recorder(stream);
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.frames > 5);
    const abortion = new other.AbortController();
    const whole = await recorder.export({ signal: abortion.signal });
    abortion.abort();
    const aborted = await recorder.export({ signal: abortion.signal }).catch((error: Error) => error.name);
    await recorder.stop();

    const module = '/pkg/index.js?copy';
    const copy: typeof lab.trackreel = await import(module);
    const [reel] = await copy.reels.list();
    const isOfCopy = reel!.constructor !== recorder.reel!.constructor;
    const second = new lab.trackreel.Recorder(stream);
    await second.start(reel);
    await lab.reached(second, (progress) => progress.frames > recorder.progress.frames + 5);
    await second.stop();
    return { isOther, isOfCopy, size: whole.size, aborted, ids: [recorder.reel!.id, reel!.id, second.reel!.id] };
  });
  expect(result).toMatchObject({ isOther: true, isOfCopy: true, aborted: 'AbortError' });
  expect(result.size).toBeGreaterThan(0);
  expect(new Set(result.ids).size).toBe(1);
});
