import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, test } from '../e2e/support/fixtures.js';
import { readMovie, type Movie } from '../e2e/support/movie.js';
import { expectPlayable } from '../e2e/support/witness.js';
import type { Loopback } from '../../www/loopback/index.js';

declare global {
  var calls: Loopback[];
}

test.beforeEach(async ({ page }) => {
  await page.goto('/react.html');
  await page.waitForFunction(() => globalThis.reactStage);
  await page.evaluate(async () => {
    globalThis.calls = [await reactStage.connect()];
  });
});

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const state = (page: Page) => page.locator('output');
const lasts = (page: Page, seconds: number) =>
  page.waitForFunction((seconds) => (reactStage.hook?.duration ?? 0) >= seconds, seconds);

/** The reels on disk, the oldest first. */
async function stored(page: Page): Promise<{ state: string; frames: number; movie: Movie }[]> {
  const reels = await page.evaluate(async () => {
    const reels = (await reactStage.trackreel.reels.list()).reverse();
    return Promise.all(
      reels.map(async (reel) => {
        const { state, frames } = reel;
        return { state, frames, file: await reactStage.base64(await reel.export()) };
      }),
    );
  });
  return Promise.all(
    reels.map(async ({ file, ...reel }) => ({ ...reel, movie: await readMovie(Buffer.from(file, 'base64')) })),
  );
}

/** Every picture once, in order. */
function expectRising({ counters }: Movie): void {
  expect(counters).not.toContain(null);
  expect(counters.every((counter, i) => i === 0 || counter! > counters[i - 1]!)).toBe(true);
}

test('a component records, pauses, saves while recording, and stops', async ({ page }) => {
  // WebRTC has not delivered anything yet.
  await page.evaluate(() => reactStage.show({ stream: null }));
  await expect(state(page)).toHaveText('inactive');
  await press(page, 'Save');
  await expect(page.getByRole('alert')).toContainText('nothing to export');
  await press(page, 'Record');
  await expect(page.getByRole('alert')).toContainText('the source must be a MediaStream');
  expect(await page.evaluate(() => reactStage.hook!.error?.code)).toBe('invalid-source');

  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream }));
  await press(page, 'Record');
  await expect(state(page)).toHaveText('recording');
  await expect(page.getByRole('alert')).toBeEmpty();
  // A second press is no second recording, and no error.
  await press(page, 'Record');
  // It is rendered for events, and not for objects that each render creates.
  const [commits, events] = await page.evaluate(async () => {
    const { recorder } = reactStage.hook!;
    let events = 0;
    const before = reactStage.commits;
    for (const type of ['progress', 'freeze', 'space', 'cleanup']) recorder!.addEventListener(type, () => events++);
    while (reactStage.hook!.duration < 1 || reactStage.commits === before) await new Promise(requestAnimationFrame);
    return [reactStage.commits - before, events];
  });
  expect(commits).toBeGreaterThan(0);
  expect(commits).toBeLessThanOrEqual(events);
  await press(page, 'Pause');
  await expect(state(page)).toHaveText('paused');
  await press(page, 'Resume');
  await lasts(page, 1.5);
  const [early] = await Promise.all([page.waitForEvent('download'), press(page, 'Save')]);
  await expect(state(page)).toHaveText('recording');
  await press(page, 'Stop');
  await expect(state(page)).toHaveText('inactive');
  const end = await page.evaluate(() => {
    const { frames, stopReason, error, reel, starts } = { ...reactStage.hook!, starts: reactStage.starts.size };
    return { frames, stopReason, error, reel: reel!.state, starts };
  });
  expect(end).toMatchObject({ stopReason: 'stopped', error: undefined, reel: 'complete', starts: 1 });

  const first = await readMovie(await readFile(await early.path()));
  const [reel, ...others] = await stored(page);
  expect(others).toEqual([]);
  expectPlayable(reel!.movie);
  expectRising(reel!.movie);
  expect(reel!.movie.counters.length).toBe(end.frames);
  expect(reel!.movie.counters.slice(0, first.counters.length)).toEqual(first.counters);
});

// A call with a grid of videos was rendered four times a second, for a clock in its corner.
test('a component without progress is rendered only when the state changes', async ({ page }) => {
  await page.evaluate(() => reactStage.showParts(calls[0]!.stream));
  await press(page, 'Record');
  await expect(state(page)).toHaveText('recording');
  const during = await page.evaluate(async () => {
    const { progress } = reactStage.recording!;
    // Of a reel there is none before its first frame, which is a change of the state.
    while (progress.get().frames === 0) await new Promise(requestAnimationFrame);
    const before = { ...reactStage.parts };
    const from = progress.get();
    let notifications = 0;
    const unsubscribe = progress.subscribe(() => notifications++);
    while (progress.get().duration < from.duration + 3) await new Promise(requestAnimationFrame);
    unsubscribe();
    const { call, seconds, all } = reactStage.parts;
    const { state, reel, frozen } = reactStage.recording!;
    const same = progress === reactStage.recording!.progress;
    return {
      notifications,
      call: call - before.call,
      seconds: seconds - before.seconds,
      all: all - before.all,
      now: { state, reel: reel?.state, frozen, same },
    };
  });
  expect(during.now).toEqual({ state: 'recording', reel: 'live', frozen: false, same: true });
  expect(during.call).toBe(0);
  expect(during.seconds).toBeGreaterThanOrEqual(2);
  expect(during.seconds).toBeLessThanOrEqual(4);
  expect(during.all).toBeGreaterThan(during.seconds);
  expect(during.all).toBeLessThanOrEqual(during.notifications);

  const before = await page.evaluate(() => reactStage.parts.call);
  await press(page, 'Pause');
  await expect(state(page)).toHaveText('paused');
  expect(await page.evaluate(() => reactStage.parts.call)).toBe(before + 1);
  await press(page, 'Stop');
  await expect(state(page)).toHaveText('inactive');
  const end = await page.evaluate(() => {
    const { stopReason, reel, progress } = reactStage.recording!;
    return { stopReason, reel: reel!.state, agrees: reel!.frames === progress.get().frames };
  });
  expect(end).toEqual({ stopReason: 'stopped', reel: 'complete', agrees: true });
});

test('strict mode records once, and what an effect began continues', async ({ page }) => {
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream, auto: true }));
  await expect(state(page)).toHaveText('recording');
  await lasts(page, 1);
  expect(await page.evaluate(() => reactStage.effects), 'effects were run twice').toBe(2);
  await press(page, 'Stop');
  await expect(state(page)).toHaveText('inactive');
  await expect(page.getByRole('alert')).toBeEmpty();
  const reels = await stored(page);
  expect(reels.map(({ state }) => state)).toEqual(['complete']);
  expectRising(reels[0]!.movie);
});

test('a component that is unmounted leaves a complete reel and no worker', async ({ page }) => {
  // One that reads the store stays.
  await page.evaluate(() => reactStage.trackreel.reels.list());
  const workers = page.workers().length;
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream }));
  await press(page, 'Record');
  await lasts(page, 1);
  const frames = await page.evaluate(async () => {
    const recorder = reactStage.hook!.recorder!;
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    reactStage.unmount();
    await stopped;
    return recorder.progress.frames;
  });
  await expect.poll(() => page.workers().length).toBe(workers);
  const [reel] = await stored(page);
  expect(reel).toMatchObject({ state: 'complete', frames });
  expect(reel!.movie.counters.length).toBe(frames);

  // While it starts as well.
  const states = await page.evaluate(async () => {
    reactStage.show({ stream: calls[0]!.stream, auto: true });
    while (reactStage.hook?.state !== 'starting') await new Promise(requestAnimationFrame);
    const { recorder } = reactStage.hook;
    const stopped = new Promise((resolve) => recorder!.addEventListener('stop', resolve));
    reactStage.unmount();
    await stopped;
    return (await reactStage.trackreel.reels.list()).map(({ state }) => state);
  });
  expect(states).not.toContain('live');
  await expect.poll(() => page.workers().length).toBe(workers);
});

// A button that first asks for consent began a recording after its component was gone: it could not be stopped.
test('what is only started after the component is unmounted ends as well', async ({ page }) => {
  await page.evaluate(() => reactStage.trackreel.reels.list());
  const workers = page.workers().length;
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream }));
  await expect(state(page)).toHaveText('inactive');
  const started = page.waitForEvent('worker');
  await page.evaluate(async () => {
    const { start } = reactStage.hook!;
    reactStage.unmount();
    await new Promise((consented) => setTimeout(consented, 100));
    await start();
  });
  await started;
  await expect.poll(() => page.workers().length).toBe(workers);
  expect((await stored(page)).map(({ state }) => state)).not.toContain('live');
});

test('what the effect of a child begins, as early as effects are run, continues', async ({ page }) => {
  const show = (hidden: boolean) =>
    page.evaluate((hidden) => reactStage.show({ stream: calls[0]!.stream, autoChild: true, hidden }), hidden);
  await show(false);
  await lasts(page, 0.5);
  await show(true);
  await page.waitForFunction(() => reactStage.hook?.recorder?.state === 'inactive');
  const before = await page.evaluate(() => reactStage.hook!.reel!.id);
  await show(false);
  await expect(state(page)).toHaveText('recording');
  await page.waitForFunction((before) => reactStage.hook?.reel && reactStage.hook.reel.id !== before, before);
  await lasts(page, 0.5);
  expect(await page.evaluate(() => reactStage.hook!.state)).toBe('recording');
});

test('a component that React hides counts as unmounted', async ({ page }) => {
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream, hidden: false }));
  await press(page, 'Record');
  await lasts(page, 0.5);
  await page.evaluate(() => {
    const stopped = new Promise((resolve) => reactStage.hook!.recorder!.addEventListener('stop', resolve));
    reactStage.show({ stream: calls[0]!.stream, hidden: true });
    return stopped;
  });
  expect((await stored(page)).map(({ state }) => state)).toEqual(['complete']);
  // Shown again, it records again.
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream, hidden: false }));
  await press(page, 'Record');
  await expect(state(page)).toHaveText('recording');
});

test('a recording may begin in the moment another one reaches its limit', async ({ page }) => {
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream, options: { maxLength: '1s' } }));
  await press(page, 'Record');
  await lasts(page, 0.2);
  const states = await page.evaluate(async () => {
    const { recorder, start } = reactStage.hook!;
    return new Promise<string[]>((resolve) =>
      recorder!.addEventListener('limit', async () => {
        const before = recorder!.state;
        await start();
        resolve([before, recorder!.state, reactStage.hook!.recorder === recorder ? 'the same' : 'another']);
      }),
    );
  });
  expect(states).toEqual(['stopping', 'inactive', 'another']);
  await expect(page.getByRole('alert')).toBeEmpty();
});

test('another stream ends the recording, and the next start may resume the same file', async ({ page }) => {
  await page.evaluate(async () => {
    calls.push(await reactStage.connect());
    reactStage.show({ stream: calls[0]!.stream });
  });
  await press(page, 'Record');
  await lasts(page, 1);
  // Another object of the same track, and other options, are no reason to stop.
  await page.evaluate(() => {
    const [track] = calls[0]!.stream.getVideoTracks();
    reactStage.show({ stream: new MediaStream([track!]), options: { maxLength: '5s' } });
  });
  await lasts(page, 1.5);
  const id = await page.evaluate(() => reactStage.hook!.reel!.id);
  await page.evaluate(() => reactStage.show({ stream: calls[1]!.stream, options: { maxLength: '5s' } }));
  await expect(state(page)).toHaveText('inactive');
  const before = await stored(page);
  expect(before.map(({ state }) => state)).toEqual(['complete']);

  await page.evaluate(() => reactStage.hook!.start(reactStage.hook!.reel));
  await expect(state(page)).toHaveText('recording');
  expect(await page.evaluate(() => reactStage.hook!.reel!.id)).toBe(id);
  // The options of this start hold.
  await page.waitForFunction(() => reactStage.hook && reactStage.hook.stopReason === 'limit');
  const [reel, ...others] = await stored(page);
  expect(others).toEqual([]);
  expectPlayable(reel!.movie);
  expect(reel!.movie.counters.slice(0, before[0]!.frames)).toEqual(before[0]!.movie.counters);
  expect(reel!.movie.times.at(-1)).toBeLessThanOrEqual(5);
});

test('a wrong option is reported, and what was recorded before can still be saved', async ({ page }) => {
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream }));
  await press(page, 'Record');
  await lasts(page, 1);
  await press(page, 'Stop');
  await expect(state(page)).toHaveText('inactive');
  await page.evaluate(() => reactStage.show({ stream: calls[0]!.stream, options: { maxFps: -1 } }));
  await press(page, 'Record');
  await expect(page.getByRole('alert')).toContainText('maxFps');
  const code = await page.evaluate(() => {
    const { error } = reactStage.hook!;
    return error instanceof reactStage.trackreel.OptionError && error.code;
  });
  expect(code, 'an error of the same copy of the core').toBe('invalid-option');
  const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'Save')]);
  expectPlayable(await readMovie(await readFile(await file.path())));
  await expect(page.getByRole('alert')).toBeEmpty();
});

test('the element takes its stream and its listeners from React', async ({ page }) => {
  await page.evaluate(async () => {
    const started = new Promise<void>((resolve) => reactStage.showControls(calls[0]!.stream, resolve));
    while (!document.querySelector('trackreel-controls')) await new Promise(requestAnimationFrame);
    await Promise.all([started, document.querySelector('trackreel-controls')!.start()]);
  });
  const status = await page.evaluate(() => {
    const { state, remaining } = document.querySelector('trackreel-controls')!.status;
    return { state, withinLimit: remaining <= 20 };
  });
  expect(status).toEqual({ state: 'recording', withinLimit: true });
});

test('a server renders it, and nothing happens', () => {
  const script = `
    import { createElement } from 'react';
    import { renderToString } from 'react-dom/server';
    import { useProgress, useRecorder, useRecording } from './pkg/react.js';
    import { TrackreelControls } from './pkg/controls.js';
    const Call = () => {
      const seconds = useProgress(useRecording(null).progress, ({ duration }) => duration);
      return createElement('output', null, useRecorder(null).state + seconds);
    };
    console.log(renderToString(createElement(Call)), typeof TrackreelControls);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect(output).toBe('<output>inactive0</output> function\n');
});
