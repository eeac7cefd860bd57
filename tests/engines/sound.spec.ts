import { writeFileSync } from 'node:fs';
import type { TestInfo } from '@playwright/test';
import { apart, beepsOf, flashesOf, gapsOf, tracksOf } from '../e2e/support/beeps.js';
import { launch as firefox, SOUND_BLOCKED } from './drivers/firefox.js';
import { launch as webkitgtk } from './drivers/webkitgtk.js';
import type { Engine } from './engine.js';
import { expect, test } from './fixtures.js';
import type { Silence } from './main.js';

/** How the sound comes in each engine. */
const AUDIO = { chromium: 'processor', firefox: 'worklet', webkitgtk: 'worklet' };
/** Farther than this from its flash, in seconds, a beep is at another place. */
const APART_S = 0.4;

declare global {
  /** The context that the recorder made last. */
  var recording: AudioContext;
}

const millisecondsOf = (times: number[]) => times.map((seconds) => `${Math.round(seconds * 1000)} ms`).join(', ');

/** Writes an exported file where a failure leaves it. */
function writeOutput(info: TestInfo, name: string, base64: string): string {
  const path = info.outputPath(name);
  writeFileSync(path, Buffer.from(base64, 'base64'));
  return path;
}

/** Records flashes and beeps in the page, for this many seconds. */
async function record(engine: Engine, way: 'local' | 'received', seconds: number): Promise<string> {
  return engine.evaluate(
    async ({ way, seconds }) => {
      const beeper = await stage.beep(way);
      const recorder = new stage.trackreel.Recorder(beeper.stream);
      await recorder.start();
      await new Promise<void>((resolve, reject) => {
        recorder.addEventListener('progress', ({ detail }) => detail.duration >= seconds && resolve());
        recorder.addEventListener('error', ({ detail }) => reject(detail));
      });
      await recorder.stop();
      const file = await stage.base64(await recorder.export());
      beeper.close();
      return file;
    },
    { way, seconds },
  );
}

for (const way of ['local', 'received'] as const) {
  test(`records the sound of a ${way} stream beside its pictures`, async ({ engine, notes }, info) => {
    const { canConnect, audio } = await engine.evaluate(async () => ({
      canConnect: typeof RTCPeerConnection !== 'undefined',
      audio: (await stage.trackreel.Recorder.support()).audio,
    }));
    test.skip(way === 'received' && !canConnect, 'no RTCPeerConnection in this build');
    expect(audio).toBe(AUDIO[engine.name]);
    notes.fact('audio', audio!);
    const path = writeOutput(info, 'sound.mp4', await record(engine, way, 8));
    const tracks = tracksOf(path);
    expect(tracks.map(({ kind }) => kind)).toEqual(['video', 'audio']);
    const [video, sound] = tracks.map(({ length }) => length);
    expect(Math.abs(video! - sound!), `${video} s of pictures, ${sound} s of sound`).toBeLessThan(0.1);
    const { beeps } = beepsOf(path);
    const flashes = flashesOf(path).filter((flash) => flash > 1.5 && flash < video! - 0.7);
    expect(flashes.length).toBeGreaterThanOrEqual(4);
    const off = apart(flashes, beeps);
    notes.fact(`beeps after flashes, ${way}`, millisecondsOf(off));
    expect(Math.max(...off.map(Math.abs)), `${off}`).toBeLessThan(APART_S);
  });
}

test('records sound alone', async ({ engine }, info) => {
  const { file, type, audioCodec } = await engine.evaluate(async () => {
    const beeper = await stage.beep('local');
    const recorder = new stage.trackreel.Recorder(beeper.stream.getAudioTracks());
    await recorder.start();
    await new Promise<void>((resolve, reject) => {
      recorder.addEventListener('progress', ({ detail }) => detail.duration >= 4 && resolve());
      recorder.addEventListener('error', ({ detail }) => reject(detail));
    });
    await recorder.stop();
    const movie = await recorder.export();
    beeper.close();
    return { file: await stage.base64(movie), type: movie.type, audioCodec: recorder.reel!.audioCodec };
  });
  const path = writeOutput(info, 'alone.m4a', file);
  expect(type).toBe('audio/mp4');
  expect(audioCodec).toMatch(/^(opus|mp4a\.40\.2)$/);
  expect(tracksOf(path).map(({ kind }) => kind)).toEqual(['audio']);
  const { beeps } = beepsOf(path);
  expect(beeps.length, `${beeps}`).toBeGreaterThanOrEqual(3);
});

/** The error's message before the user has clicked. */
const BEFORE_A_CLICK = {
  firefox:
    'this browser gives no sound before a click: it is recorded from the next one on; call start() in a click handler',
  webkitgtk:
    'this browser gives no sound before a click, or without an audio device: it is recorded from the next click on',
};

/** Starts an engine in which a page plays nothing before a click, and begins to record there. */
async function beginBlocked(name: 'firefox' | 'webkitgtk'): Promise<[Engine, Silence]> {
  if (name === 'webkitgtk') {
    const engine = await webkitgtk('allow-without-sound');
    await engine.open(process.env.TRACKREEL_ENGINES!);
    return [engine, await engine.evaluate(() => stage.beginInSilence())];
  }
  const engine = await firefox({ preferences: SOUND_BLOCKED });
  // What `evaluate` runs counts as a click.
  await engine.onOpen(() =>
    addEventListener('load', async () => console.log(JSON.stringify(await stage.beginInSilence()))),
  );
  const logged = engine.logged();
  await engine.open(process.env.TRACKREEL_ENGINES!);
  return [engine, JSON.parse(await logged)];
}

test('reports an error where sound needs a click, and records it from the click on', async ({
  engineName,
  notes,
}, info) => {
  test.skip(engineName === 'chromium', 'its sound needs no click');
  if (engineName === 'chromium') return;
  const [engine, silence] = await beginBlocked(engineName);
  try {
    const error = `unsupported: ${BEFORE_A_CLICK[engineName]}`;
    expect(silence).toEqual({ audio: 'worklet', needsClick: true, error });
    await engine.click();
    const { state, before, after, clicked } = await engine.evaluate(async () => {
      const { recorder } = stage.take!;
      const { state, progress } = recorder;
      const before = await stage.base64(await recorder.export());
      await stage.take!.recordFor(5);
      await recorder.stop();
      return { state, before, after: await stage.base64(await recorder.export()), clicked: progress.duration };
    });
    expect(state).toBe('recording');
    expect(tracksOf(writeOutput(info, 'before.mp4', before)).map(({ kind }) => kind)).toEqual(['video']);
    const path = writeOutput(info, 'after.mp4', after);
    const [video, sound] = tracksOf(path).map(({ length }) => length);
    expect(Math.abs(video! - sound!), `${video} s of pictures, ${sound} s of sound`).toBeLessThan(0.1);
    const { beeps } = beepsOf(path);
    expect(beeps.length).toBeGreaterThanOrEqual(3);
    expect(beeps[0]).toBeGreaterThan(clicked - 0.5);
    const off = apart(
      flashesOf(path).filter((flash) => flash > clicked + 1 && flash < video! - 0.7),
      beeps,
    );
    notes.fact('beeps after flashes, after a click', millisecondsOf(off));
    expect(Math.max(...off.map(Math.abs)), `${off}`).toBeLessThan(APART_S);
  } finally {
    await engine.close();
  }
});

test('without a sound device the file has the video, and an error is reported', async ({ engineName }, info) => {
  test.skip(engineName !== 'firefox', 'the others give sound without a device');
  const engine = await firefox({ hasSoundDevice: false });
  try {
    await engine.open(process.env.TRACKREEL_ENGINES!);
    const silence = await engine.evaluate(() => stage.beginInSilence());
    expect(silence).toEqual({
      audio: 'worklet',
      needsClick: false,
      error: 'unsupported: this browser gives no sound without an audio device',
    });
    const file = await engine.evaluate(async () => {
      await stage.take!.recordFor(1);
      await stage.take!.recorder.stop();
      return stage.base64(await stage.take!.recorder.export());
    });
    expect(tracksOf(writeOutput(info, 'silent.mp4', file)).map(({ kind }) => kind)).toEqual(['video']);
  } finally {
    await engine.close();
  }
});

// A device that changes, or a call on a phone, suspends a context, whose clock stops.
test('sound stays in sync after its context was suspended', async ({ engine, notes }, info) => {
  test.skip(engine.name === 'chromium', 'it has no context');
  const file = await engine.evaluate(async () => {
    const { stream, close } = await stage.beep('local');
    const { AudioContext } = globalThis;
    globalThis.AudioContext = class extends AudioContext {
      constructor() {
        super();
        globalThis.recording = this;
      }
    };
    const { Recorder } = stage.trackreel;
    const recorder = new Recorder(stream);
    await recorder.start();
    globalThis.AudioContext = AudioContext;
    const reached = (seconds: number) =>
      new Promise<void>((resolve, reject) => {
        recorder.addEventListener('progress', ({ detail }) => detail.duration >= seconds && resolve());
        recorder.addEventListener('error', ({ detail }) => reject(detail));
      });
    await reached(3);
    // The recorder resumes it at once.
    const resume = recording.resume.bind(recording);
    recording.resume = async () => {};
    await recording.suspend();
    await reached(5.2);
    await resume();
    await reached(10);
    await recorder.stop();
    const file = await stage.base64(await recorder.export());
    close();
    return file;
  });
  const path = writeOutput(info, 'suspended.mp4', file);
  const { beeps, length } = beepsOf(path);
  const flashes = flashesOf(path);
  const beside = (from: number, to: number) =>
    apart(
      flashes.filter((flash) => flash > from && flash < to),
      beeps,
    );
  const after = beside(6, length - 0.7);
  expect(after.length).toBeGreaterThanOrEqual(3);
  notes.fact('beeps after flashes, once suspended', millisecondsOf(after));
  expect(Math.max(...after.map(Math.abs)), `${after}`).toBeLessThan(APART_S);
  expect(
    beeps.filter((beep) => beep > 3.6 && beep < 5),
    'silence',
  ).toEqual([]);
});

test('a busy page loses no sound', async ({ engine }, info) => {
  const file = await engine.evaluate(async () => {
    const context = new AudioContext();
    const [tone, sent] = [context.createOscillator(), context.createMediaStreamDestination()];
    tone.connect(sent);
    tone.start();
    await context.resume();
    const { stream, close } = await stage.beep('local');
    const recorder = new stage.trackreel.Recorder(
      new MediaStream([stream.getVideoTracks()[0]!, ...sent.stream.getTracks()]),
    );
    await recorder.start();
    const reached = (seconds: number) =>
      new Promise<void>((resolve) => {
        recorder.addEventListener('progress', ({ detail }) => detail.duration >= seconds && resolve());
      });
    await reached(2);
    for (const end = performance.now() + 1500; performance.now() < end;);
    await reached(6);
    await recorder.stop();
    const file = await stage.base64(await recorder.export());
    close();
    await context.close();
    return file;
  });
  // The page was busy for 1.5 s. A context on a busy machine loses some by itself, WebKitGTK's also when its page begins to be busy.
  const longest = 0.5;
  const gaps = gapsOf(writeOutput(info, 'busy.mp4', file));
  expect(gaps.filter(({ start, end }) => start > 1 && start < 5.5 && end - start > longest)).toEqual([]);
});
