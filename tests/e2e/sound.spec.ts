import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { makeBeeper } from './support/beeper.js';
import { apart, beepsOf, flashesOf, tracksOf } from './support/beeps.js';
import { expect, openLab, patchWorkers, test } from './support/fixtures.js';

/** Farther than this from its picture, in seconds, sound is at another place: a machine that is busy moves it less. */
const APART_S = 0.15;
/** The same for received sound, which Chromium plays later where the machine is busy. `npm run sync` measures it. */
const RECEIVED_S = 0.4;

/** Expects at least this many flashes in a file, each with its beep. */
function check(path: string, bytes: string, least: number, most = APART_S): void {
  writeFileSync(path, Buffer.from(bytes, 'base64'));
  const { beeps, length } = beepsOf(path);
  const flashes = flashesOf(path);
  expect(flashes.length, path).toBeGreaterThanOrEqual(least);
  const inside = flashes.filter((flash) => flash > 0.3 && flash < length - 0.7);
  const off = apart(inside, beeps);
  expect(off.length, `${path}: flashes beside sound`).toBeGreaterThanOrEqual(Math.max(1, least - 2));
  expect(Math.max(...off.map(Math.abs)), `${path}: ${off}`).toBeLessThanOrEqual(most);
}

for (const way of ['local', 'received'] as const) {
  test(`the sound of a ${way} stream is in the file, beside its pictures`, async ({ page }, info) => {
    await openLab(page);
    await makeBeeper(page, way);
    const files = await page.evaluate(async () => {
      const recorder = new lab.trackreel.Recorder(beeper.stream);
      await recorder.start();
      beeper.begin();
      await lab.reached(recorder, ({ duration }) => duration > 3);
      recorder.pause();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      recorder.resume();
      await lab.reached(recorder, ({ duration }) => duration > 6);
      const during = await lab.base64(await recorder.export());
      await recorder.stop();
      const all = await lab.base64(await recorder.export());
      const part = await lab.base64(await recorder.export({ last: '3s' }));
      await beeper.end();
      return { during, all, part };
    });
    const most = way === 'local' ? APART_S : RECEIVED_S;
    check(info.outputPath('during.mp4'), files.during, 4, most);
    check(info.outputPath('all.mp4'), files.all, 4, most);
    check(info.outputPath('part.mp4'), files.part, 2, most);
  });
}

// A page that was closed left a film without sound.
test('after a crash the reel has its sound, and continues with it', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const id = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream);
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 3);
    return recorder.reel!.id;
  });
  await page.goto('about:blank');
  await openLab(page);
  await makeBeeper(page, 'local');
  const files = await page.evaluate(async (id) => {
    const left = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    const before = await lab.base64(await left.export());
    const recorder = new lab.trackreel.Recorder(beeper.stream);
    await recorder.start(left);
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 5);
    await recorder.stop();
    await beeper.end();
    return { before, after: await lab.base64(await recorder.export()) };
  }, id);
  check(info.outputPath('before.mp4'), files.before, 2);
  check(info.outputPath('after.mp4'), files.after, 4);
});

test('tracks of several streams are recorded together', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const file = await page.evaluate(async () => {
    const [video, audio] = [beeper.stream.getVideoTracks()[0]!, beeper.stream.getAudioTracks()[0]!];
    const recorder = new lab.trackreel.Recorder([audio, video]);
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 3);
    await recorder.stop();
    await beeper.end();
    return lab.base64(await recorder.export());
  });
  check(info.outputPath('tracks.mp4'), file, 2);
});

// A participant who joined without a microphone was never heard.
test('a track of sound that comes later is recorded from then on', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const file = await page.evaluate(async () => {
    const stream = new MediaStream(beeper.stream.getVideoTracks());
    const recorder = new lab.trackreel.Recorder(stream);
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 2.2);
    stream.addTrack(beeper.stream.getAudioTracks()[0]!);
    await lab.reached(recorder, ({ audioCodec }) => audioCodec === 'opus');
    const { duration: time } = recorder.progress;
    await lab.reached(recorder, (now) => now.duration > time + 3);
    await recorder.stop();
    await beeper.end();
    return lab.base64(await recorder.export());
  });
  const path = info.outputPath('later.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const [flashes, { beeps }] = [flashesOf(path), beepsOf(path)];
  expect(beeps.length).toBeGreaterThanOrEqual(2);
  expect(beeps.length).toBeLessThan(flashes.length);
  expect(beeps[0]).toBeGreaterThan(2);
  const offsets = apart(beeps, flashes);
  expect(Math.max(...offsets.map(Math.abs)), `${offsets}`).toBeLessThanOrEqual(APART_S);
});

test('another track of sound takes the place of the first', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const { file, ended } = await page.evaluate(async () => {
    const [audio] = beeper.stream.getAudioTracks();
    const recorder = new lab.trackreel.Recorder(beeper.stream);
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 1.5);
    const another = audio!.clone();
    await recorder.replaceTrack(another);
    await lab.reached(recorder, ({ duration }) => duration > 4);
    await recorder.stop();
    await beeper.end();
    another.stop();
    const ended = await recorder.replaceTrack(another).catch((error) => error.code);
    return { file: await lab.base64(await recorder.export()), ended };
  });
  check(info.outputPath('replaced.mp4'), file, 3);
  expect(ended).toBe('invalid-source');
});

// Of a Linux with neither, an editor that refuses Opus got no sound.
test('sound is encoded to AAC where that is asked for, by the module where the browser has none', async ({
  page,
}, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const { file, codecs } = await page.evaluate(async () => {
    const { Recorder, reels } = lab.trackreel;
    const options = { audioCodec: 'aac', audioBitrate: 96_000 } as const;
    const { audioCodec: support } = await Recorder.support(options);
    const recorder = new Recorder(beeper.stream, options);
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 3);
    await recorder.stop();
    await beeper.end();
    const [reel] = await reels.list();
    const codecs = [recorder.progress.audioCodec, reel!.audioCodec, support];
    return { file: await lab.base64(await recorder.export()), codecs };
  });
  expect(codecs).toEqual(Array(3).fill('mp4a.40.2'));
  const path = info.outputPath('aac.mp4');
  check(path, file, 2);
  const entries = ['-show_entries', 'stream=codec_name,profile,sample_rate,channels'];
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', '-select_streams', 'a', ...entries, '-of', 'csv=p=0', path]);
  expect(String(stdout).trim()).toBe('aac,LC,48000,1');
});

test('where the AAC module is missing, only who asks for it gets an error', async ({ page }) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  await page.route('**/pkg/aac.wasm', (route) => route.fulfill({ status: 404 }));
  const outcomes = await page.evaluate(async () => {
    const { Recorder } = lab.trackreel;
    const support = await Recorder.support({ audioCodec: 'aac' });
    const refused = await new Recorder(beeper.stream, { audioCodec: 'aac' }).start().catch((error: Error) => error);
    const recorder = new Recorder(beeper.stream);
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 1);
    await recorder.stop();
    await beeper.end();
    const { code, message } = refused as Error & { code: string };
    return { support: [support.supported, support.reason!.code], code, message, used: recorder.progress.audioCodec };
  });
  const { message, ...rest } = outcomes;
  expect(rest).toEqual({ support: [false, 'unsupported'], code: 'unsupported', used: 'opus' });
  expect(message).toMatch(/no encoder for mp4a\.40\.2; AAC: .*aac\.wasm: 404/);
});

// Firefox on some systems has no encoder for sound: the file was silent, and nothing was reported.
test('where there is no encoder for sound, an error reports it, and the video is recorded', async ({ page }) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  await patchWorkers(page, () => {
    AudioEncoder.isConfigSupported = async (config) => ({ config, supported: false });
    // The module that stands in can't be loaded either.
    globalThis.MessageChannel = class extends MessageChannel {
      constructor() {
        super();
        throw new Error('on purpose');
      }
    };
  });
  const heard = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream);
    const codes: string[] = [];
    const failed = new Promise<void>((resolve) =>
      recorder.addEventListener('error', ({ detail }) => resolve(void codes.push(detail.code))),
    );
    await recorder.start();
    beeper.begin();
    await failed;
    await lab.reached(recorder, ({ duration }) => duration > 1);
    await recorder.stop();
    await beeper.end();
    return { codes, frames: recorder.progress.frames > 0, sound: recorder.progress.audioCodec };
  });
  expect(heard).toEqual({ codes: ['unsupported'], frames: true, sound: '' });
});

test('audio: false records none, and so does a track alone', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const files = await page.evaluate(async () => {
    beeper.begin();
    const files = [];
    for (const source of [beeper.stream, beeper.stream.getVideoTracks()[0]!]) {
      const recorder = new lab.trackreel.Recorder(source, { audio: source !== beeper.stream });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration > 1);
      await recorder.stop();
      files.push(await lab.base64(await recorder.export()));
    }
    await beeper.end();
    return files;
  });
  for (const [n, bytes] of files.entries()) {
    const path = info.outputPath(`${n}.mp4`);
    writeFileSync(path, Buffer.from(bytes, 'base64'));
    expect(tracksOf(path)).toMatchObject([{ kind: 'video' }]);
  }
});

for (const file of ['sound-capture', 'sound-worklet']) {
  test(`without ${file}.js the video is recorded, and an error has the reason why there is no sound`, async ({
    page,
  }, info) => {
    await openLab(page);
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor'));
    await page.route(`**/${file}*`, (route) => route.fulfill({ contentType: 'text/javascript', body: 'oh no' }));
    await makeBeeper(page, 'local');
    const { error, state, bytes } = await page.evaluate(async () => {
      beeper.begin();
      const recorder = new lab.trackreel.Recorder(beeper.stream);
      const failed = new Promise<string>((resolve) =>
        recorder.addEventListener('error', ({ detail }) => resolve(`${detail.code}: ${detail.message}`)),
      );
      await recorder.start();
      const error = await failed;
      const { state } = recorder;
      await lab.reached(recorder, ({ duration }) => duration > 1);
      await recorder.stop();
      await beeper.end();
      return { error, state, bytes: await lab.base64(await recorder.export()) };
    });
    expect(error).toMatch(/^worker-lost: .* could not be loaded/);
    expect(state).toBe('recording');
    const path = info.outputPath('video.mp4');
    writeFileSync(path, Buffer.from(bytes, 'base64'));
    expect(tracksOf(path)).toMatchObject([{ kind: 'video' }]);
  });
}

/** Each packet of a file, with its times and the hash of its bytes. */
function packetsOf(path: string, bytes: string): string[] {
  writeFileSync(path, Buffer.from(bytes, 'base64'));
  const { stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-c', 'copy', '-f', 'framemd5', '-'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(stderr, path).toBe('');
  return stdout
    .split('\n')
    .filter((line) => /^[01],/.test(line))
    .sort();
}

// Old segments become one record of pictures and sound. A file must be the same before and after.
test('what was merged on disk is exported as before, as a whole and in parts', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const { before, after, stored, records } = await page.evaluate(async () => {
    const shared = async () => {
      const opening = indexedDB.open('trackreel');
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const request = opening.result.transaction('segments').objectStore('segments').getAll();
      await new Promise((resolve) => (request.onsuccess = resolve));
      opening.result.close();
      return request.result.filter(({ sound }) => sound).map(({ index, sound }) => [index, sound.index]);
    };
    const recorder = new lab.trackreel.Recorder(beeper.stream);
    const parts = async (source: { export: typeof recorder.export }) => {
      const wanted = [{ to: 13 }, { from: 3, to: 5.5 }, { from: 0.7, to: 10 }, { from: 11, to: 13 }];
      const files: string[] = [];
      for (const options of wanted) files.push(await lab.base64(await source.export(options)));
      return files;
    };
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 15);
    const before = await parts(recorder);
    if ((await shared()).length > 0) throw new Error('segments are merged already');
    let records: number[][] = [];
    while (records.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      records = await shared();
    }
    const after = await parts(recorder);
    await recorder.stop();
    await beeper.end();
    const [reel] = await lab.trackreel.reels.list();
    return { before, after, stored: [...(await parts(reel!)), await lab.base64(await reel!.export())], records };
  });
  expect(records).toEqual([[0, 0]]);
  for (const [n, bytes] of before.entries()) {
    const expected = packetsOf(info.outputPath(`before-${n}.mp4`), bytes);
    expect(expected.length).toBeGreaterThan(100);
    expect(packetsOf(info.outputPath(`after-${n}.mp4`), after[n]!)).toEqual(expected);
    expect(packetsOf(info.outputPath(`stored-${n}.mp4`), stored[n]!)).toEqual(expected);
  }
  check(info.outputPath('all.mp4'), stored.at(-1)!, 16);
});
