import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBeeper } from './support/beeper.js';
import { apart, beepsOf, flashesOf } from './support/beeps.js';
import type { TappedFrame } from '../../js/tap-messages.js';
import type { Tapped } from '../../js/taps.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { packetsOf, readMovie } from './support/movie.js';
import { keepConnections, negotiateLayers } from './support/received.js';
import { droppedOf, expectPlayable, Witness } from './support/witness.js';

const TAPPED = 'codec=H264&tap=on';

/** The samples of a file's video track, in Annex B, as ffmpeg takes them out. */
function samplesOf(file: Buffer): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'trackreel-'));
  try {
    writeFileSync(join(folder, 'movie.mp4'), file);
    const output = ['-map', '0:v', '-c', 'copy', '-f', 'framemd5', '-'];
    const { stdout } = spawnSync('ffmpeg', ['-v', 'error', '-i', join(folder, 'movie.mp4'), ...output], {
      encoding: 'utf8',
    });
    const lines = stdout.split('\n').filter((line) => line && !line.startsWith('#'));
    return lines.map((line) => line.split(',').at(-1)!.trim());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const [codec, name] of [
  ['H264', 'h264'],
  ['VP9', 'vp9'],
  ['AV1', 'av1'],
] as const) {
  test(`what is received is recorded as it is, every frame, and plays: ${codec}`, async ({ page }) => {
    await openLab(page, `codec=${codec}&tap=on`);
    const witness = await Witness.observe(page);
    const { file, progress, encoders } = await page.evaluate(async () => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
      const reasons: string[] = [];
      recorder.addEventListener('source', ({ detail }) => reasons.push(detail.reason));
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 3);
      await recorder.stop();
      return { file: await lab.base64(await recorder.export()), progress: recorder.progress, encoders: reasons };
    });
    expect(encoders).toEqual([]);
    expect(progress).toMatchObject({ source: 'received', width: 640, height: 360 });
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    const missing = await witness.expectFaithful(movie, progress);
    expect(missing, 'between the first and the last').toEqual([]);
    expect(movie.stream['codec_name']).toBe(name);
    expect(progress.received).toBe(progress.frames + droppedOf(progress));
  });
}

for (const [where, hasProcessor] of [
  ['', true],
  ['where a browser shows a worker no pictures, ', false],
] as const) {
  test(`${where}a static picture is cut out of what is received, and what moves after it begins with a key frame`, async ({
    page,
  }) => {
    await openLab(page, TAPPED);
    const witness = await Witness.observe(page);
    const { file, progress, events } = await page.evaluate(async (hasProcessor) => {
      if (!hasProcessor) delete (globalThis as { MediaStreamTrackProcessor?: unknown }).MediaStreamTrackProcessor;
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
      const events: string[] = [];
      recorder.addEventListener('source', ({ detail }) => events.push(`${detail.source}: ${detail.reason}`));
      recorder.addEventListener('freeze', ({ detail }) => events.push(detail.ended ? 'moves' : 'frozen'));
      const found = (ended: boolean) =>
        new Promise<void>((resolve) =>
          recorder.addEventListener('freeze', ({ detail }) => detail.ended === ended && resolve()),
        );
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 1.5);
      const isFrozen = found(false);
      lab.loopback.pauseSender();
      await isFrozen;
      const dropped = recorder.progress.drops.freeze;
      await lab.reached(recorder, ({ drops }) => drops.freeze >= dropped + 30);
      const moves = found(true);
      lab.loopback.resumeSender();
      await moves;
      const { duration: time } = recorder.progress;
      await lab.reached(recorder, (progress) => progress.duration >= time + 1.5);
      await recorder.stop();
      return { file: await lab.base64(await recorder.export()), progress: recorder.progress, events };
    }, hasProcessor);
    expect(events).toEqual(['frozen', 'moves']);
    expect(progress).toMatchObject({ source: 'received', drops: { missed: 0 } });
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    const counters = movie.counters as number[];
    expect(counters.every((counter, i) => i === 0 || counter >= counters[i - 1]!)).toBe(true);
    expect(counters.length - new Set(counters).size, 'repeats').toBeLessThanOrEqual(3);
    const observed = (await witness.counters()) as number[];
    const from = observed.indexOf(counters[0]!);
    const moving = [...new Set(observed.slice(from, observed.lastIndexOf(counters.at(-1)!) + 1))];
    const missing = moving.filter((counter) => !counters.includes(counter));
    // Up to the key frame that was asked for, and before the first.
    expect(missing.length).toBeLessThanOrEqual(progress.drops.network);
    expect(progress.drops.network).toBeLessThan(60);
    console.log(`${where}lost until the key frame behind a freeze: ${missing.length} pictures`);
  });
}

test('a pause ends with a key frame, and parts begin with one', async ({ page }) => {
  await openLab(page, TAPPED);
  const { whole, last, bounds, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { source: 'received', keyFrameInterval: '1s' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    recorder.pause();
    await lab.reached(recorder, ({ drops }) => drops.paused >= 30);
    recorder.resume();
    const { duration: time } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.duration >= time + 3);
    await recorder.stop();
    const part = await recorder.export({ last: '1s' });
    return {
      whole: await lab.base64(await recorder.export()),
      last: await lab.base64(part),
      bounds: { start: part.start, end: part.end },
      progress: recorder.progress,
    };
  });
  const [movie, part] = [await readMovie(Buffer.from(whole, 'base64')), await readMovie(Buffer.from(last, 'base64'))];
  expectPlayable(movie);
  expectPlayable(part);
  expect(progress.source).toBe('received');
  const at = movie.counters.indexOf(part.counters[0]!);
  expect(movie.counters.slice(at)).toEqual(part.counters);
  expect(movie.times[at]).toBeCloseTo(bounds.start, 3);
  const steps = movie.times.slice(1).map((time, i) => time - movie.times[i]!);
  expect(Math.max(...steps), 'the pause takes no time').toBeLessThan(1);
  // The samples of the part are those of the whole, to the last bit.
  const [all, own] = [samplesOf(Buffer.from(whole, 'base64')), samplesOf(Buffer.from(last, 'base64'))];
  expect(all.slice(at)).toEqual(own);
});

test('a recording as received survives a crash, and is resumed', async ({ page }) => {
  await openLab(page, TAPPED);
  const before = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { source: 'received' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 3);
    return { file: await lab.base64(await recorder.export()), frames: recorder.progress.frames };
  });
  await page.reload();
  await equip(page);
  const { file, time, length, state, source } = await page.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { source: 'received' });
    await recorder.start(reel);
    const time = reel!.duration;
    await lab.reached(recorder, (progress) => progress.duration >= time + 2);
    await recorder.stop();
    return {
      file: await lab.base64(await recorder.export()),
      time,
      length: recorder.progress.duration,
      state: reel!.state,
      source: recorder.progress.source,
    };
  });
  expect([state, source]).toEqual(['interrupted', 'received']);
  expect(length).toBeGreaterThanOrEqual(time + 2);
  const [movie, first] = [
    await readMovie(Buffer.from(file, 'base64')),
    await readMovie(Buffer.from(before.file, 'base64')),
  ];
  expectPlayable(movie);
  expect(movie.counters).not.toContain(null);
  // A crash loses less than a second.
  const stored = first.counters.length - 30;
  expect(movie.counters.slice(0, stored)).toEqual(first.counters.slice(0, stored));
});

test('what a file does not hold as it is received is encoded, and reported', async ({ page }) => {
  await openLab(page, 'codec=VP8&tap=on');
  const outcome = await page.evaluate(async () => {
    const { stream } = lab.loopback;
    const recorder = new lab.trackreel.Recorder(stream, { freeze: 'keep' });
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(`${detail.source}: ${detail.reason}`));
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    await recorder.stop();
    const refused = new lab.trackreel.Recorder(stream, { source: 'received' });
    const code = await refused.start().then(
      () => 'none',
      (error) => `${error.code}: ${error.message}`,
    );
    return { reasons, source: recorder.progress.source, code };
  });
  expect(outcome.reasons).toEqual(['frames: codec']);
  expect(outcome.source).toBe('frames');
  expect(outcome.code).toMatch(/^unsupported: .*codec/);
});

test('source: frames encodes, and a track that is not tapped can not be kept as it is received', async ({ page }) => {
  await openLab(page, TAPPED);
  const outcome = await page.evaluate(async () => {
    const { stream } = lab.loopback;
    const recorder = new lab.trackreel.Recorder(stream, { source: 'frames' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    await recorder.stop();
    const clone = new lab.trackreel.Recorder(stream.clone(), { source: 'received' });
    const code = await clone.start().catch((error) => error.message);
    return { source: recorder.progress.source, code };
  });
  expect(outcome.source).toBe('frames');
  expect(outcome.code).toContain('tap(connection)');
});

test('frames that come faster than the cap are encoded from then on, into the same file', async ({ page }) => {
  await openLab(page, TAPPED);
  const { file, reasons, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: 10, freeze: 'keep' });
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(detail.reason));
    await recorder.start();
    await lab.reached(recorder, ({ source, duration: time }) => source === 'frames' && time >= 4);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), reasons, progress: recorder.progress };
  });
  expect(reasons).toEqual(['max-fps']);
  expect(progress.drops.maxFps).toBeGreaterThan(20);
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(movie.counters.every((counter, i) => i === 0 || counter! > movie.counters[i - 1]!)).toBe(true);
});

for (const codec of ['H264', 'VP9', 'AV1', 'VP8']) {
  test(`frames that come faster than the cap go without their highest temporal layer: ${codec}`, async ({ page }) => {
    await keepConnections(page);
    await negotiateLayers(page);
    await openLab(page, `codec=${codec}&tap=on`);
    const { file, reasons, progress } = await page.evaluate(
      async (container) => {
        const sender = connections.flatMap((connection) => connection.getSenders()).find(({ track }) => track)!;
        const parameters = sender.getParameters();
        Object.assign(parameters.encodings[0]!, { scalabilityMode: 'L1T2' });
        await sender.setParameters(parameters);
        const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: 15, freeze: 'keep', container });
        const reasons: string[] = [];
        recorder.addEventListener('source', ({ detail }) => reasons.push(detail.reason));
        await recorder.start();
        await lab.reached(recorder, ({ duration }) => duration >= 4);
        await recorder.stop();
        return { file: await lab.base64(await recorder.export()), reasons, progress: recorder.progress };
      },
      codec === 'VP8' ? ('webm' as const) : ('mp4' as const),
    );
    expect(reasons).toEqual([]);
    expect(progress.source).toBe('received');
    expect(progress.drops.maxFps).toBeGreaterThan(25);
    expect(progress.frames).toBeLessThan(progress.received * 0.7);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    if (codec !== 'VP8') expectPlayable(movie);
    expect(movie.counters).toHaveLength(progress.frames);
    expect(movie.counters).not.toContain(null);
    expect(movie.counters.every((counter, i) => i === 0 || counter! > movie.counters[i - 1]!)).toBe(true);
  });
}

test('a recording continues when what passes frames on is lost', async ({ page }) => {
  await openLab(page);
  const outcome = await page.evaluate(async () => {
    const ended: Worker[] = [];
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(script: string | URL, options?: WorkerOptions) {
        super(script, options);
        if (options?.name === 'trackreel-tap') ended.push(this);
      }
    };
    // A separate connection, whose worker this test can end.
    const { tap, Recorder } = lab.trackreel;
    const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
    tap(to);
    from.onicecandidate = ({ candidate }) => candidate && to.addIceCandidate(candidate);
    to.onicecandidate = ({ candidate }) => candidate && from.addIceCandidate(candidate);
    const transceiver = from.addTransceiver(lab.loopback.stream.getVideoTracks()[0]!, { direction: 'sendonly' });
    const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/H264'));
    const received = new Promise<MediaStreamTrack>((resolve) => (to.ontrack = ({ track }) => resolve(track)));
    await from.setLocalDescription();
    await to.setRemoteDescription(from.localDescription!);
    await to.setLocalDescription();
    await from.setRemoteDescription(to.localDescription!);
    const track = await received;
    const recorder = new Recorder(new MediaStream([track]), { source: 'received' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1.5);
    ended[0]!.terminate();
    const { duration: time } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.duration >= time + 2.5);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), source: recorder.progress.source, taps: ended.length };
  });
  expect(outcome).toMatchObject({ source: 'received', taps: 2 });
  const movie = await readMovie(Buffer.from(outcome.file, 'base64'));
  expectPlayable(movie);
  expect(movie.counters).not.toContain(null);
});

test('sound beside what is received comes by its packets, through a pause, and is silent where it is disabled', async ({
  page,
}, info) => {
  await openLab(page);
  await makeBeeper(page, 'tapped');
  const { file, progress, reasons, mutedFrom, received } = await page.evaluate(async () => {
    const [track] = beeper.stream.getAudioTracks();
    const registry = (globalThis as { [key: symbol]: unknown })[Symbol.for('trackreel.taps')];
    const received: string[] = [];
    const hex = (data: ArrayBuffer) =>
      [...new Uint8Array(data)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const port = (registry as WeakMap<MediaStreamTrack, Tapped>).get(track!)!.subscribe();
    port.onmessage = ({ data: { data } }: MessageEvent<TappedFrame>) => received.push(hex(data));
    const recorder = new lab.trackreel.Recorder(beeper.stream, { freeze: 'keep' });
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(detail.reason));
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration >= 3);
    recorder.pause();
    await lab.reached(recorder, ({ drops }) => drops.paused >= 30);
    recorder.resume();
    await lab.reached(recorder, ({ duration }) => duration >= 5.5);
    track!.enabled = false;
    const mutedFrom = recorder.progress.duration;
    await lab.reached(recorder, ({ duration }) => duration >= mutedFrom + 3);
    await recorder.stop();
    await beeper.end();
    const file = await lab.base64(await recorder.export());
    return { file, progress: recorder.progress, reasons, mutedFrom, received };
  });
  expect(reasons).toEqual([]);
  expect(progress).toMatchObject({ source: 'received', audioCodec: 'opus' });
  const path = info.outputPath('movie.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const { beeps } = beepsOf(path);
  const flashes = flashesOf(path).filter((flash) => flash > 0.3 && flash < mutedFrom - 0.7);
  const off = apart(flashes, beeps);
  expect(off.length, `${flashes}: ${beeps}`).toBeGreaterThanOrEqual(flashes.length - 2);
  expect(Math.max(...off.map(Math.abs)), `${off}`).toBeLessThan(0.1);
  expect(Math.max(...beeps), 'none while it is disabled').toBeLessThan(mutedFrom + 1.5);
  // Silence in place of missing packets has three bytes.
  const stored = (await packetsOf(Buffer.from(file, 'base64'))).filter((packet) => packet.length > 6);
  let at = 0;
  for (const packet of stored) {
    at = received.indexOf(packet, at) + 1;
    expect(at, `${packet} is one that was received, in its order`).toBeGreaterThan(0);
  }
  // A beep has five packets, and silence takes less.
  expect(stored.length).toBeGreaterThanOrEqual(5 * (beeps.length - 1));
});

// The second worker was not informed: what the page had disabled was recorded.
test('a track that is disabled is silent in the next recording as well', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'tapped');
  const { file, source } = await page.evaluate(async () => {
    const [track] = beeper.stream.getAudioTracks();
    const recorder = new lab.trackreel.Recorder(beeper.stream, { freeze: 'keep' });
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    track!.enabled = false;
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    await recorder.stop();
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 4);
    await recorder.stop();
    await beeper.end();
    return { file: await lab.base64(await recorder.export()), source: recorder.progress.source };
  });
  expect(source).toBe('received');
  const path = info.outputPath('movie.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  expect(beepsOf(path).beeps).toEqual([]);
});

// There was silence to the end, and no event.
test('sound whose packets come no more is taken another way', async ({ page }, info) => {
  await keepConnections(page);
  await openLab(page);
  await makeBeeper(page, 'tapped');
  const { file, reasons, at } = await page.evaluate(async () => {
    const [track] = beeper.stream.getAudioTracks();
    const receivers = connections.flatMap((connection) => connection.getReceivers());
    const recorder = new lab.trackreel.Recorder(beeper.stream, { freeze: 'keep' });
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(detail.reason));
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    // As a page does that is about to set a transform of its own.
    lab.trackreel.tapPort(receivers.find((receiver) => receiver.track === track)!);
    const at = recorder.progress.duration;
    await lab.reached(recorder, ({ duration }) => duration >= at + 5);
    await recorder.stop();
    await beeper.end();
    return { file: await lab.base64(await recorder.export()), reasons, at };
  });
  expect(reasons).toEqual(['sound']);
  const path = info.outputPath('movie.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const { beeps } = beepsOf(path);
  expect(beeps.filter((beep) => beep > at + 2).length, `${beeps}`).toBeGreaterThanOrEqual(1);
});
