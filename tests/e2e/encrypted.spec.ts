import { writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { shareOf, summaryOf, tonesOf } from './support/tones.js';
import { droppedOf, expectPlayable, expectPlayableWebM, Witness } from './support/witness.js';

/** A connection that encrypts what it sends, and decrypts what it receives, in workers of the page. */
interface Encrypted {
  /** The received stream, decrypted. */
  stream: MediaStream;
  receivers: RTCRtpReceiver[];
  /** The worker that decrypts. */
  worker: Worker;
  /** Makes another one. */
  makeWorker(): Worker;
}

type Wish = {
  codec: 'H264' | 'VP8' | 'VP9';
  sound?: boolean;
  tap?: 'port' | 'connection before the listener' | 'connection after the listener';
  copies?: 'none';
};

declare global {
  var encrypted: Encrypted;
}

/**
 * The transform of both sides, with a cipher that is its own inverse. It leaves what WebRTC itself reads as it is: the first bytes, and of
 * H.264 the start codes, the headers and the parameter sets. The bytes 0 to 3 stay, so that no start code comes into being.
 */
const TRANSFORM = `
import { copyTo } from 'ORIGIN/pkg/transform.js';

const kept = [];
const change = (bytes, from, to) => {
  for (let at = from; at < to; at++) if (bytes[at] > 3) bytes[at] = 259 - bytes[at];
};
const cipher = (frame) => {
  const { mimeType } = frame.getMetadata();
  const bytes = new Uint8Array(frame.data.slice(0));
  if (mimeType === 'audio/opus') change(bytes, 1, bytes.length);
  else if (mimeType !== 'video/H264') change(bytes, 12, bytes.length);
  else {
    const starts = [];
    for (let at = 0; at + 3 < bytes.length; at++)
      if (!bytes[at] && !bytes[at + 1] && bytes[at + 2] === 1) starts.push(at + 3);
    for (const [n, start] of starts.entries()) {
      const isSlice = [1, 5].includes(bytes[start] & 31);
      if (isSlice) change(bytes, start + 6, starts[n + 1] ?? bytes.length);
    }
  }
  frame.data = bytes.buffer;
};

onrtctransform = ({ transformer }) => {
  const { readable, writable, options: { tap, copies } } = transformer;
  kept.push(tap);
  const copy = copies === 'none' ? () => {} : copyTo(tap, transformer);
  const transform = (frame, controller) => {
    cipher(frame);
    copy(frame);
    controller.enqueue(frame);
  };
  readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable).catch(() => {});
};
`;

/** Sends the page's track once more, encrypted. The witness then observes the received track. */
async function connect(page: Page, wish: Wish): Promise<void> {
  await page.evaluate(
    async ([code, { codec, sound, tap, copies }]) => {
      const source = code.replace('ORIGIN', location.origin);
      const makeWorker = () =>
        new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
      const worker = makeWorker();
      const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
      sender.onicecandidate = ({ candidate }) => candidate && receiver.addIceCandidate(candidate);
      receiver.onicecandidate = ({ candidate }) => candidate && sender.addIceCandidate(candidate);
      if (tap === 'connection before the listener') lab.trackreel.tap(receiver);
      receiver.ontrack = ({ receiver: one }) => {
        const port = tap === 'port' ? lab.trackreel.tapPort(one) : undefined;
        one.transform = new RTCRtpScriptTransform(worker, { tap: port, copies }, port && [port]);
      };
      if (tap === 'connection after the listener') lab.trackreel.tap(receiver);
      const video = lab.loopback.stream.getVideoTracks()[0]!.clone();
      video.contentHint = 'motion';
      const transceiver = sender.addTransceiver(video, { direction: 'sendonly' });
      const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
      transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === `video/${codec}`));
      if (sound) {
        const context = new AudioContext();
        const tone = new OscillatorNode(context, { frequency: 400 });
        const destination = context.createMediaStreamDestination();
        tone.connect(destination);
        tone.start();
        sender.addTransceiver(destination.stream.getAudioTracks()[0]!, { direction: 'sendonly' });
      }
      const encrypting = makeWorker();
      for (const one of sender.getSenders()) one.transform = new RTCRtpScriptTransform(encrypting, {});
      await sender.setLocalDescription();
      await receiver.setRemoteDescription(sender.localDescription!);
      await receiver.setLocalDescription();
      const { type, sdp } = receiver.localDescription!;
      // From the first frame on, pictures are as good as they get.
      const rich = sdp.replace(/^a=fmtp:\d+ (?!apt=|minptime)[^\r\n]*/gm, '$&;x-google-start-bitrate=2000');
      await sender.setRemoteDescription({ type, sdp: rich });
      const receivers = receiver.getReceivers();
      const stream = new MediaStream(receivers.map(({ track }) => track));
      globalThis.encrypted = { stream, receivers, worker, makeWorker };
      Object.defineProperty(lab, 'loopback', { value: { ...lab.loopback, stream } });
      const framesDecoded = async () => {
        const stats: Iterable<RTCInboundRtpStreamStats> = (await receivers[0]!.getStats()).values();
        return [...stats].find(({ type }) => type === 'inbound-rtp')?.framesDecoded ?? 0;
      };
      while ((await framesDecoded()) < 10) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    [TRANSFORM, wish] as const,
  );
}

for (const [codec, name, container] of [
  ['VP9', 'vp9', 'mp4'],
  ['H264', 'h264', 'mp4'],
  ['VP8', 'vp8', 'webm'],
] as const) {
  test(`what is encrypted on its way is recorded as it was decrypted, every frame: ${codec}`, async ({ page }) => {
    await openLab(page);
    await connect(page, { codec, tap: 'port' });
    const witness = await Witness.observe(page);
    const { file, progress } = await page.evaluate(async (container) => {
      const recorder = new lab.trackreel.Recorder(encrypted.stream, { source: 'received', container });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 2.5);
      await recorder.stop();
      return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
    }, container);
    expect(progress.source).toBe('received');
    const movie = await readMovie(Buffer.from(file, 'base64'));
    (container === 'mp4' ? expectPlayable : expectPlayableWebM)(movie);
    const missing = await witness.expectFaithful(movie, progress);
    expect(missing, 'between the first and the last').toEqual([]);
    expect(movie.stream['codec_name']).toBe(name);
    expect(progress.received).toBe(progress.frames + droppedOf(progress));
  });
}

test('sound that is encrypted on its way is recorded beside it, by its packets', async ({ page }, info) => {
  await openLab(page);
  await connect(page, { codec: 'H264', sound: true, tap: 'port' });
  const { file, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(encrypted.stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 3);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
  });
  expect(progress).toMatchObject({ source: 'received', audioCodec: 'opus' });
  const path = info.outputPath('movie.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const [heard] = tonesOf(path, [400]);
  expect(shareOf(heard!, 400, 1, 2.5), summaryOf(heard!)).toBeGreaterThan(0.9);
});

for (const tap of ['connection before the listener', 'connection after the listener'] as const) {
  test(`a tapped ${tap} leaves a transform alone, and what it decrypts is encoded`, async ({ page }) => {
    await openLab(page);
    await connect(page, { codec: 'H264', tap });
    const { refused, progress, file } = await page.evaluate(async () => {
      const received = new lab.trackreel.Recorder(encrypted.stream, { source: 'received' });
      const refused = await received.start().catch((error) => `${error.code}: ${error.message}`);
      const recorder = new lab.trackreel.Recorder(encrypted.stream);
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 2);
      await recorder.stop();
      return { refused, progress: recorder.progress, file: await lab.base64(await recorder.export()) };
    });
    expect(refused).toMatch(/^unsupported: .*tapPort\(receiver\)/);
    expect(progress.source).toBe('frames');
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    expect(movie.counters, 'the decrypted frames').not.toContain(null);
  });
}

test('a transform that copies nothing is noticed, and its frames are encoded', async ({ page }) => {
  await openLab(page);
  await connect(page, { codec: 'H264', tap: 'port', copies: 'none' });
  const { reasons, source } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(encrypted.stream);
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(`${detail.source}: ${detail.reason}`));
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    await recorder.stop();
    return { reasons, source: recorder.progress.source };
  });
  expect(reasons).toEqual(['frames: too-late']);
  expect(source).toBe('frames');
});

test('another transform takes the place of one during a recording, which stays as received', async ({ page }) => {
  await openLab(page);
  await connect(page, { codec: 'H264', tap: 'port' });
  const { file, progress, reasons } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(encrypted.stream, { freeze: 'keep' });
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(detail.reason));
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1.5);
    const [receiver] = encrypted.receivers;
    const port = lab.trackreel.tapPort(receiver!);
    receiver!.transform = new RTCRtpScriptTransform(encrypted.makeWorker(), { tap: port }, [port]);
    encrypted.worker.terminate();
    const { duration: time } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.duration >= time + 2);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reasons };
  });
  expect(reasons).toEqual([]);
  expect(progress.source).toBe('received');
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(movie.counters).not.toContain(null);
});

test('the worker that decrypts is lost: frames are encoded as soon as they come again', async ({ page }) => {
  await openLab(page);
  await connect(page, { codec: 'H264', tap: 'port' });
  const { file, progress, reasons } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(encrypted.stream, { freeze: 'keep' });
    const reasons: string[] = [];
    const isEncoded = new Promise<void>((resolve) =>
      recorder.addEventListener('source', ({ detail }) => {
        reasons.push(`${detail.source}: ${detail.reason}`);
        resolve();
      }),
    );
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1.5);
    encrypted.worker.terminate();
    await isEncoded;
    const [receiver] = encrypted.receivers;
    receiver!.transform = new RTCRtpScriptTransform(encrypted.makeWorker(), {});
    const { frames } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.frames >= frames + 40);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reasons };
  });
  expect(reasons).toEqual(['frames: tap-lost']);
  expect(progress.source).toBe('frames');
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(movie.counters).not.toContain(null);
});

test('a tap of a connection ends where the page takes a port, and its worker does not replace their transform', async ({
  page,
}) => {
  await openLab(page);
  const same = await page.evaluate(async () => {
    const connection = new RTCPeerConnection();
    const { receiver } = connection.addTransceiver('video', { direction: 'recvonly' });
    lab.trackreel.tap(connection);
    const ours = receiver.transform;
    const port = lab.trackreel.tapPort(receiver);
    lab.trackreel.tap(connection);
    const untouched = receiver.transform === ours;
    const code = 'onrtctransform = () => {}';
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    const theirs = new RTCRtpScriptTransform(worker, { port }, [port]);
    receiver.transform = theirs;
    lab.trackreel.tap(connection);
    const isLeft = receiver.transform === theirs;
    connection.close();
    return [ours !== null, untouched, isLeft];
  });
  expect(same).toEqual([true, true, true]);
});

test('what is no receiver is refused', async ({ page }) => {
  await openLab(page);
  const failures = await page.evaluate(() =>
    [undefined, null, {}, new RTCPeerConnection()].map((source) => {
      try {
        lab.trackreel.tapPort(source as never);
        return 'taken';
      } catch (error) {
        const { name, code, message } = error as { name: string; code: string; message: string };
        return `${name} ${code}: ${message}`;
      }
    }),
  );
  const refused = 'SourceError invalid-source: tapPort() takes an RTCRtpReceiver, not ';
  expect(failures).toEqual(Array(4).fill(expect.stringContaining(refused)));
});
