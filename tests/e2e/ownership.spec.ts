import type { Page } from '@playwright/test';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';
import type { Recorder, RecorderOptions } from '../../js/index.js';

declare global {
  /** The recorder that a test has begun in a page. */
  var recorder: Recorder;
}

async function begin(page: Page, options: RecorderOptions = {}, reel?: string): Promise<string> {
  return page.evaluate(
    async ([options, reel]) => {
      globalThis.recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
      await recorder.start(reel);
      return recorder.reel!.id;
    },
    [options, reel] as const,
  );
}

async function reach(page: Page, seconds: number): Promise<void> {
  await page.evaluate((seconds) => lab.reached(recorder, ({ duration }) => duration >= seconds), seconds);
}

async function states(page: Page): Promise<Record<string, string>> {
  const reels = await page.evaluate(async () =>
    (await lab.trackreel.reels.list()).map(({ id, state }) => [id, state] as const),
  );
  return Object.fromEntries(reels);
}

/** What a recorder's start in the page removes. */
async function beginAndCleanUp(page: Page, options: RecorderOptions): Promise<{ id: string; removed: string[] }> {
  return page.evaluate(async (options) => {
    globalThis.recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
    const cleaned = new Promise<string[]>((resolve) => {
      recorder.addEventListener('cleanup', ({ detail }) => resolve(detail.removed.map(({ id }) => id)));
    });
    await recorder.start();
    return { id: recorder.reel!.id, removed: await cleaned };
  }, options);
}

// A page that was opened while another recorded deleted the other's reel as an interrupted one.
test('two tabs record at once, and neither touches the other’s reel', async ({ page }) => {
  await openLab(page);
  const first = await begin(page);
  await reach(page, 1);
  const other = await page.context().newPage();
  await openLab(other);
  // The other tab has it from an earlier session; the start removes all that it may.
  const second = await begin(other, { recoverFor: 0 });
  await reach(other, 2);
  expect(await states(page)).toEqual({ [first]: 'live', [second]: 'live' });
  const refused = await other.evaluate(async (id) => {
    const reel = (await lab.trackreel.reels.list()).find((one) => one.id === id)!;
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => error.code,
      );
    const another = new lab.trackreel.Recorder(lab.loopback.stream);
    return [await failure(reel.delete()), await failure(another.start(reel)), (await reel.export()).size > 0];
  }, first);
  expect(refused).toEqual(['invalid-state', 'invalid-state', true]);
  for (const [tab, id] of [
    [page, first],
    [other, second],
  ] as const) {
    const { file, frames } = await tab.evaluate(async () => {
      await recorder.stop();
      return { file: await lab.base64(await recorder.export()), frames: recorder.progress.frames };
    });
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    expect(movie.counters.length).toBe(frames);
    expect(movie.counters.every((counter, i) => i === 0 || counter! > movie.counters[i - 1]!)).toBe(true);
    expect((await states(page))[id]).toBe('complete');
  }
  await other.close();
});

test('a start removes what was saved, reports it, and leaves what may be missed', async ({ page }) => {
  await openLab(page);
  const saved = await begin(page);
  await reach(page, 1);
  await page.evaluate(async () => {
    await recorder.stop();
    await recorder.export();
  });
  const partly = await begin(page);
  await reach(page, 1);
  await page.evaluate(async () => {
    await recorder.stop();
    await recorder.export({ last: 0.5 });
  });
  expect(await states(page)).toEqual({ [saved]: 'complete', [partly]: 'complete' });

  await openLab(page);
  const { id, removed } = await beginAndCleanUp(page, {});
  expect(removed).toEqual([saved]);
  await reach(page, 1);
  // On a busy machine the first write takes a while.
  await expect.poll(() => states(page)).toEqual({ [partly]: 'complete', [id]: 'live' });
  // A reel stays in the session that recorded it, even if it is exported.
  await page.evaluate(async () => {
    await recorder.stop();
    await recorder.export();
  });
  await begin(page, { recoverFor: 0 });
  await reach(page, 1);
  await expect.poll(async () => Object.keys(await states(page))).toHaveLength(3);
  await page.evaluate(() => recorder.stop());

  await openLab(page);
  await begin(page, { startupCleanup: false, recoverFor: 0 });
  await reach(page, 1);
  await expect.poll(async () => Object.keys(await states(page)), 'it is switched off').toHaveLength(4);
  await page.evaluate(() => recorder.stop());

  await openLab(page);
  expect((await beginAndCleanUp(page, { recoverFor: 0 })).removed).toHaveLength(4);
});

test('a recording that a reload interrupted is resumed as one file', async ({ page }) => {
  await openLab(page);
  const id = await begin(page);
  await reach(page, 3);
  await openLab(page);
  await expect.poll(() => states(page)).toEqual({ [id]: 'interrupted' });
  const before = await page.evaluate(async () => (await lab.trackreel.reels.list())[0]!.duration);
  expect(before).toBeGreaterThan(2);
  // Nothing of the options overrides what the reel is.
  expect(await begin(page, { codec: 'vp9' }, id)).toBe(id);
  await reach(page, before + 3);
  const { file, progress } = await page.evaluate(async () => {
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
  });
  expect(await states(page)).toEqual({ [id]: 'complete' });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(movie.stream['codec_name']).toBe('h264');
  expect(movie.counters.length).toBe(progress.frames);
  // The reload connected again, to a sender that counts from the start again: that is the join.
  const back = movie.counters.flatMap((counter, i) => (i > 0 && counter! < movie.counters[i - 1]! ? [i] : []));
  expect(back).toHaveLength(1);
  const [join] = back as [number];
  // Frames that a busy machine had not sent at the reload make the gap longer, but the reload took more than a second.
  const gap = movie.times[join]! - movie.times[join - 1]!;
  expect(gap).toBeGreaterThan(0);
  expect(gap).toBeLessThan(0.5);
  const [deleted, none] = await page.evaluate(async () => {
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => error.code,
      );
    const reel = recorder.reel!;
    await reel.delete();
    return [await failure(recorder.start(reel)), await failure(recorder.start('no such reel'))];
  });
  expect([deleted, none]).toEqual(['no-such-reel', 'no-such-reel']);
});

test('the page offers what a crash has left, and resumes it', async ({ page }) => {
  await page.goto('/?width=640&height=360');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 2);
  await page.reload();
  const item = page.locator('#reels li');
  await expect(item.locator('.badge')).toHaveText('interrupted');
  const recovery = page.getByRole('region', { name: 'Interrupted recording' });
  await expect(recovery).toContainText(/The recording of .* was interrupted\. 00:0\d\.\d of it are on disk\./);
  await recovery.getByRole('button', { name: 'Resume recording' }).click();
  await expect(recovery).toBeHidden();
  await expect(item.locator('.badge')).toHaveText('recording');
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 4);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(item.locator('.badge')).toHaveText('');
  await expect(item).toHaveCount(1);
});

test('whoever wants it later is left where it is listed, if nothing can be recorded yet', async ({ page }) => {
  await page.goto('/?width=640&height=360');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 1);
  await page.goto('/?source=camera');
  const later = page.getByRole('button', { name: 'Later', exact: true });
  await later.click();
  await expect(later).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Reels on this device' })).toBeFocused();
});

test('a store of a newer version is reported, and left alone', async ({ page }) => {
  await openLab(page);
  const results = await page.evaluate(async () => {
    const open = (version?: number) =>
      new Promise<number>((resolve, reject) => {
        const request = indexedDB.open('trackreel', version);
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          resolve(request.result.version);
          request.result.close();
        };
      });
    await open(99);
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => `${error.code}: ${error.message}`,
      );
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    return [await failure(recorder.start()), await failure(lab.trackreel.reels.list()), await open()];
  });
  const words = 'storage: the storage failed: it was written by a newer version of trackreel: this page needs that one';
  expect(results).toEqual([words, words, 99]);
});

// A tab of the version before holds its connection while it records.
test('a store of the version before is upgraded once no other page has it open, and nothing of it is lost', async ({
  page,
}) => {
  await openLab(page);
  const { waited, ids, version, older } = await page.evaluate(async () => {
    const clearing = indexedDB.deleteDatabase('trackreel');
    await new Promise((resolve) => (clearing.onsuccess = resolve));
    const opening = indexedDB.open('trackreel', 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('reels', { keyPath: 'id' });
      opening.result.createObjectStore('segments', { keyPath: ['reel', 'track', 'index'] });
    };
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction('reels', 'readwrite');
    const reel = { id: 'before', createdAt: 1.7e12, complete: true, durationUs: 0, bytes: 0, frames: 0 };
    transaction.objectStore('reels').put({ ...reel, updatedAt: 1.7e12, exportedBytes: 0, tracks: [{ configs: [] }] });
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    let isListed = false;
    const listed = lab.trackreel.reels.list().finally(() => (isListed = true));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const waited = !isListed;
    opening.result.close();
    const ids = (await listed).map(({ id }) => id);
    const version = (await indexedDB.databases()).find(({ name }) => name === 'trackreel')?.version;
    const reopening = indexedDB.open('trackreel', 1);
    const older = await new Promise((resolve) => (reopening.onerror = () => resolve(reopening.error?.name)));
    return { waited, ids, version, older };
  });
  expect([waited, ids, version, older]).toEqual([true, ['before'], 2, 'VersionError']);
});

test('a damaged record hides no other, and can be deleted', async ({ page }) => {
  await openLab(page);
  const id = await begin(page);
  await reach(page, 5);
  const result = await page.evaluate(async () => {
    await recorder.stop();
    const { frames } = recorder.progress;
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('trackreel');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const transaction = database.transaction(['reels', 'segments'], 'readwrite');
    transaction.objectStore('reels').put({ id: '2026-11-22T14:03:27.000Z-00000000', createdAt: 'yesterday' });
    const key = [recorder.reel!.id, 0, 1];
    const segments = transaction.objectStore('segments');
    segments.get(key).onsuccess = ({ target }) => {
      const segment = (target as IDBRequest).result;
      segments.put({ ...segment, data: segment.data.slice(1) });
    };
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
    const reels = await lab.trackreel.reels.list();
    const damaged = reels.find(({ state }) => state === 'damaged')!;
    const readable = reels.find(({ state }) => state === 'complete')!;
    const refused = await damaged.export().catch((error) => error.code);
    const movie = await readable.export();
    const file = await lab.base64(movie);
    const created = damaged.createdAt.toISOString();
    await damaged.delete();
    const left = (await lab.trackreel.reels.list()).map(({ state }) => state);
    return {
      states: reels.map(({ state }) => state),
      refused,
      created,
      left,
      missing: movie.missingSegments,
      frames,
      file,
    };
  });
  expect(result).toMatchObject({
    states: expect.arrayContaining(['damaged', 'complete']),
    refused: 'storage',
    created: '2026-11-22T14:03:27.000Z',
    left: ['complete'],
    missing: 1,
  });
  const movie = await readMovie(Buffer.from(result.file, 'base64'));
  expectPlayable(movie);
  expect(movie.counters.length).toBeGreaterThan(60);
  expect(movie.counters.length).toBeLessThan(result.frames - 30);
  expect(id).toBeTruthy();
});

test('a list of reels reports what is recorded, ended and removed in another tab', async ({ page, context }) => {
  await openLab(page);
  const other = await context.newPage();
  await openLab(other);
  await other.evaluate(() => {
    const { reels } = lab.trackreel;
    const listed: string[] = [];
    Object.assign(globalThis, { listed });
    reels.addEventListener('change', async () => {
      listed.push((await reels.list()).map(({ state }) => state).join());
    });
  });
  const listed = () => other.evaluate(() => (globalThis as unknown as { listed: string[] }).listed);
  await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    Object.assign(globalThis, { own: recorder });
    await recorder.start();
  });
  await expect.poll(listed).toEqual(['live']);
  await page.evaluate(async () => {
    const { own } = globalThis as unknown as { own: InstanceType<typeof lab.trackreel.Recorder> };
    await own.stop();
  });
  await expect.poll(async () => (await listed()).at(-1)).toBe('complete');
  const here = await page.evaluate(async () => {
    let here = 0;
    lab.trackreel.reels.addEventListener('change', () => here++);
    const [reel] = await lab.trackreel.reels.list();
    await reel!.delete();
    return here;
  });
  expect(here).toBe(1);
  await expect.poll(async () => (await listed()).at(-1)).toBe('');
});

// A list of recordings showed "live" for ever when the tab that recorded was reloaded.
for (const [what, leave] of [
  ['reloaded', (page: Page) => page.reload()],
  ['closed', (page: Page) => page.close()],
  ['crashed', (page: Page) => page.goto('chrome://crash').catch(() => {})],
] as const) {
  test(`a list of reels reports a tab that is ${what} while it records`, async ({ page, context }) => {
    await openLab(page);
    const other = await context.newPage();
    await openLab(other);
    const id = await begin(page);
    await reach(page, 1);
    await expect.poll(() => states(other)).toEqual({ [id]: 'live' });
    const changed = other.evaluate(async () => {
      const { reels } = lab.trackreel;
      await new Promise((resolve) => reels.addEventListener('change', resolve, { once: true }));
      return (await reels.list()).map(({ state }) => state);
    });
    await leave(page);
    expect(await changed).toEqual(['interrupted']);
  });
}

// A saved recording was removed when another tab began to record, though its own tab was still open.
test('what an open tab has recorded and exported stays, until that tab is closed', async ({ page, context }) => {
  const closed = await context.newPage();
  await openLab(closed);
  const old = await begin(closed);
  await reach(closed, 1);
  await closed.close();
  await openLab(page);
  // A reel that no tab has open is removed, which shows that this page has cleaned up.
  const id = await begin(page, { startupCleanup: false });
  await reach(page, 1);
  await page.evaluate(async () => {
    await recorder.stop();
    await recorder.export();
  });
  const other = await context.newPage();
  await openLab(other);
  expect((await beginAndCleanUp(other, { recoverFor: 0 })).removed).toEqual([old]);
  expect(await states(other)).toMatchObject({ [id]: 'complete' });
  await other.evaluate(() => recorder.stop());
  await page.close();
  const third = await context.newPage();
  await openLab(third);
  expect((await beginAndCleanUp(third, {})).removed).toEqual([id]);
});
