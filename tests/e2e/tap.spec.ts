import type { Page } from '@playwright/test';
import type { TapFacts, TappedFrame } from '../../js/tap-messages.js';
import type { Tapped } from '../../js/taps.js';
import { expect, openLab, test } from './support/fixtures.js';

/** What these tests find in the page. */
interface TapLab {
  tapOf(track: MediaStreamTrack): Tapped | undefined;
  video(): MediaStreamTrack;
  /** Resolves when the page's video has shown this many pictures more. */
  shown(pictures: number): Promise<void>;
  /** Sends the page one of its tracks through another connection, which is prepared first. */
  connect(
    onConnection: (receiver: RTCPeerConnection) => void,
    sent?: MediaStreamTrack,
    configuration?: RTCConfiguration,
  ): Promise<Connected>;
}

interface Connected {
  sender: RTCPeerConnection;
  receiver: RTCPeerConnection;
  track: MediaStreamTrack;
  /** Resolves when the receiver has decoded this many frames more. */
  decoded(frames: number): Promise<void>;
}

/** What Chromium had before `RTCRtpScriptTransform`, and has still. */
interface Legacy {
  createEncodedStreams(): TransformStream;
}

declare global {
  var taps: TapLab;
}

async function equip(page: Page): Promise<void> {
  await page.evaluate(() => {
    const registry = () =>
      (globalThis as { [key: symbol]: unknown })[Symbol.for('trackreel.taps')] as
        WeakMap<MediaStreamTrack, Tapped> | undefined;
    const framesDecoded = async (receiver: RTCRtpReceiver) => {
      const stats: Iterable<RTCInboundRtpStreamStats> = (await receiver.getStats()).values();
      return [...stats].find(({ type }) => type === 'inbound-rtp')?.framesDecoded ?? 0;
    };
    globalThis.taps = {
      tapOf: (track) => registry()?.get(track),
      video: () => lab.loopback.stream.getVideoTracks()[0]!,
      shown(pictures) {
        const video = document.querySelector('video')!;
        return new Promise((resolve) => {
          const onShown = () => (pictures-- > 0 ? video.requestVideoFrameCallback(onShown) : resolve());
          onShown();
        });
      },
      async connect(onConnection, sent = taps.video(), configuration) {
        const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection(configuration)];
        sender.onicecandidate = ({ candidate }) => candidate && receiver.addIceCandidate(candidate);
        receiver.onicecandidate = ({ candidate }) => candidate && sender.addIceCandidate(candidate);
        onConnection(receiver);
        sender.addTrack(sent);
        await sender.setLocalDescription();
        await receiver.setRemoteDescription(sender.localDescription!);
        await receiver.setLocalDescription();
        await sender.setRemoteDescription(receiver.localDescription!);
        const [got] = receiver.getReceivers();
        const decoded = async (frames: number) => {
          const from = await framesDecoded(got!);
          while ((await framesDecoded(got!)) < from + frames) await new Promise((resolve) => setTimeout(resolve, 50));
        };
        return { sender, receiver, track: got!.track, decoded };
      },
    };
  });
}

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  test(`a subscriber gets every frame from a key frame on, and the picture passes on: ${codec}`, async ({ page }) => {
    await openLab(page, `codec=${codec}&tap=on`);
    await equip(page);
    const { frames, facts, state, kind } = await page.evaluate(async () => {
      const tapped = taps.tapOf(taps.video())!;
      const port = tapped.subscribe();
      const got: TappedFrame[] = [];
      const full = new Promise<void>((resolve) => {
        port.onmessage = ({ data }) => {
          got.push(data);
          if (got.filter(({ type }) => type === 'key').length >= 1 && got.length >= 60) resolve();
        };
      });
      port.postMessage({ key: true });
      const timer = setInterval(() => port.postMessage({ key: true }), 600);
      await Promise.all([full, taps.shown(30)]);
      clearInterval(timer);
      port.postMessage({ end: true });
      const frames = got.map(({ data, received, ...others }) => ({ bytes: data.byteLength, received, ...others }));
      return { frames, facts: await tapped.facts(), state: await tapped.state(), kind: tapped.kind };
    });
    expect(kind).toBe('video');
    expect(state).toBe('flowing');
    expect(facts).toMatchObject({ mimeType: `video/${codec}`, hasKey: true } satisfies Partial<TapFacts>);
    expect(facts.frames).toBeGreaterThanOrEqual(frames.length);
    expect(
      frames.find(({ type }) => type === 'key'),
      'a key frame was asked for',
    ).toBeTruthy();
    for (const { bytes, mimeType, ssrc } of frames) {
      expect(bytes).toBeGreaterThan(0);
      expect(mimeType).toBe(`video/${codec}`);
      expect(ssrc).toBe(frames[0]!.ssrc);
    }
    const steps = frames.slice(1).map(({ rtp }, n) => (rtp - frames[n]!.rtp) | 0);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    const received = frames.map(({ received }) => received);
    expect(received).toEqual(received.toSorted((a, b) => a - b));
    expect(Math.abs(received[0]! - Date.now())).toBeLessThan(60_000);
  });
}

test('every frame that the browser decodes is one that a subscriber got', async ({ page }) => {
  await openLab(page, 'codec=VP8&tap=on');
  await equip(page);
  const { before, after, got } = await page.evaluate(async () => {
    const tapped = taps.tapOf(taps.video())!;
    const count = async () => {
      const stats: Iterable<RTCInboundRtpStreamStats> = (await tapped.receiver.getStats()).values();
      return [...stats].find(({ type }) => type === 'inbound-rtp')!.framesReceived!;
    };
    const port = tapped.subscribe();
    let got = 0;
    port.onmessage = () => got++;
    const before = await count();
    while (got < 90) await new Promise((resolve) => setTimeout(resolve, 20));
    return { before, after: await count(), got };
  });
  // Frames come while the two are asked.
  expect(Math.abs(after - before - got)).toBeLessThanOrEqual(6);
});

test('a tap worker that ends without a message is replaced: the picture continues, and so does a line', async ({
  page,
}) => {
  const started = page.waitForEvent('worker', (worker) => worker.url().includes('tap-worker'));
  await openLab(page, 'codec=VP8&tap=on');
  await equip(page);
  const worker = await started;
  await page.evaluate(() => {
    const tapped = taps.tapOf(taps.video())!;
    const { port } = tapped.line();
    const got: { ports: number; frames: number }[] = [];
    Object.assign(globalThis, { got });
    port.onmessage = ({ data }) => {
      const one = { ports: got.length + 1, frames: 0 };
      got.push(one);
      data.subscribed.onmessage = () => one.frames++;
    };
  });
  const frames = (n: number) =>
    page.waitForFunction((n) => (((globalThis as never)['got'] as { frames: number }[])[n]?.frames ?? 0) > 10, n);
  await frames(0);
  const replaced = page.waitForEvent('worker', (worker) => worker.url().includes('tap-worker'));
  await worker.evaluate(() => self.close());
  await replaced;
  await frames(1);
  const state = await page.evaluate(async () => {
    await taps.shown(30);
    return taps.tapOf(taps.video())!.state();
  });
  expect(state).toBe('flowing');
});

test('where the file can not be loaded, the picture continues without a tap', async ({ page }) => {
  await page.route('**/tap-worker*', (route) => route.fulfill({ status: 404 }));
  await openLab(page, 'codec=VP8&tap=on');
  await equip(page);
  const has = await page.evaluate(async () => {
    await taps.shown(30);
    return [taps.tapOf(taps.video()) !== undefined, lab.loopback.stream.getVideoTracks()[0]!.readyState];
  });
  expect(has).toEqual([false, 'live']);
  const recorded = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames >= 20);
    await recorder.stop();
    return recorder.progress.frames;
  });
  expect(recorded).toBeGreaterThanOrEqual(20);
});

test('where a policy forbids a worker of a Blob as well, the picture continues', async ({ page }) => {
  await page.route('**/tap-worker*', (route) => route.fulfill({ status: 404 }));
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), 'content-security-policy': "worker-src 'self'" };
      await route.fulfill({ response, headers });
    },
  );
  await openLab(page, 'codec=VP8&tap=on');
  await equip(page);
  const isTapped = await page.evaluate(async () => {
    await taps.shown(30);
    return taps.tapOf(taps.video()) !== undefined;
  });
  expect(isTapped).toBe(false);
});

test('a receiver that has a transform is left alone, and a second call changes nothing', async ({ page }) => {
  await openLab(page);
  await equip(page);
  const same = await page.evaluate(async () => {
    const url = URL.createObjectURL(
      new Blob(['onrtctransform = ({ transformer: t }) => t.readable.pipeTo(t.writable)']),
    );
    let theirs: RTCRtpScriptTransform | undefined;
    const encrypted = await taps.connect((receiver) => {
      receiver.addEventListener('track', (event) => {
        theirs = event.receiver.transform = new RTCRtpScriptTransform(new Worker(url));
      });
      lab.trackreel.tap(receiver);
    });
    await encrypted.decoded(20);
    const twice = await taps.connect((receiver) => {
      lab.trackreel.tap(receiver);
      lab.trackreel.tap(receiver);
    });
    const [receiver] = twice.receiver.getReceivers();
    const { transform } = receiver!;
    lab.trackreel.tap(receiver!);
    lab.trackreel.tap(twice.receiver);
    await twice.decoded(20);
    const [first] = encrypted.receiver.getReceivers();
    return [
      first!.transform === theirs,
      taps.tapOf(encrypted.track) === undefined,
      receiver!.transform === transform,
      await taps.tapOf(twice.track)!.state(),
      taps.tapOf(twice.track.clone()) === undefined,
    ];
  });
  expect(same).toEqual([true, true, true, 'flowing', true]);
});

// PeerJS sets `ontrack` before its caller has the connection: what it received was recorded with an encoder.
test('a track listener that is older than the tap finds it', async ({ page }) => {
  await openLab(page);
  await equip(page);
  const found = await page.evaluate(async () => {
    const found: boolean[] = [];
    await taps.connect((receiver) => {
      receiver.ontrack = ({ track }) => found.push(taps.tapOf(track) !== undefined);
      lab.trackreel.tap(receiver);
    });
    return found;
  });
  expect(found).toEqual([true]);
});

// LiveKit's decryption in Chromium: a tap took its frames, so that it decrypted none and its users saw no video.
test('frames that a page takes with createEncodedStreams() are left to it', async ({ page }) => {
  await openLab(page);
  await equip(page);
  const { taken, isTapped } = await page.evaluate(async () => {
    let taken = 0;
    const { decoded, track } = await taps.connect(
      (receiver) => {
        lab.trackreel.tap(receiver);
        receiver.ontrack = ({ receiver: one }) => {
          const { readable, writable } = (one as RTCRtpReceiver & Legacy).createEncodedStreams();
          const transform = (frame: unknown, controller: TransformStreamDefaultController) => {
            taken++;
            controller.enqueue(frame);
          };
          void readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable);
        };
      },
      undefined,
      { encodedInsertableStreams: true } as RTCConfiguration,
    );
    await decoded(20);
    return { taken, isTapped: taps.tapOf(track) !== undefined };
  });
  expect(taken).toBeGreaterThanOrEqual(20);
  expect(isTapped).toBe(false);
});

test('a tap that comes too late is noticed, and the picture continues', async ({ page }) => {
  await openLab(page);
  await equip(page);
  const { early, late } = await page.evaluate(async () => {
    const nothing = new RTCPeerConnection();
    nothing.addTransceiver('video', { direction: 'recvonly' });
    lab.trackreel.tap(nothing);
    const early = await taps.tapOf(nothing.getReceivers()[0]!.track)!.state();
    const connected = await taps.connect(() => {});
    await connected.decoded(10);
    lab.trackreel.tap(connected.receiver);
    await connected.decoded(10);
    return { early, late: await taps.tapOf(connected.track)!.state() };
  });
  expect({ early, late }).toEqual({ early: 'waiting', late: 'too-late' });
});

test('nothing is kept of a connection that was closed', async ({ page }) => {
  await openLab(page);
  await equip(page);
  const closed = page
    .waitForEvent('worker', (worker) => worker.url().includes('tap-worker'))
    .then((worker) => worker.waitForEvent('close'));
  const reported = await page.evaluate(async () => {
    const connected = await taps.connect((receiver) => lab.trackreel.tap(receiver));
    await connected.decoded(10);
    const port = taps.tapOf(connected.track)!.subscribe();
    const ended = new Promise((resolve) => {
      port.onmessage = ({ data }) => 'ended' in data && resolve(data);
    });
    connected.receiver.close();
    const reported = await ended;
    while (taps.tapOf(connected.track)) await new Promise((resolve) => setTimeout(resolve, 20));
    return reported;
  });
  expect(reported).toEqual({ ended: true });
  await closed;
});

test('what is neither a connection nor a receiver is refused', async ({ page }) => {
  await openLab(page);
  const failures = await page.evaluate(() =>
    [undefined, null, 1, {}, lab.loopback.stream].map((source) => {
      try {
        lab.trackreel.tap(source as never);
        return 'taken';
      } catch (error) {
        const { name, code, message } = error as { name: string; code: string; message: string };
        return `${name} ${code}: ${message}`;
      }
    }),
  );
  const refused = 'SourceError invalid-source: tap() takes an RTCPeerConnection or an RTCRtpReceiver, not ';
  expect(failures).toEqual(Array(5).fill(expect.stringContaining(refused)));
});

test('packets of sound are had as well, without an element that plays them', async ({ page }) => {
  await openLab(page);
  await equip(page);
  const { packets, state } = await page.evaluate(async () => {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const destination = context.createMediaStreamDestination();
    oscillator.connect(destination);
    oscillator.start();
    const [sound] = destination.stream.getAudioTracks();
    const { track } = await taps.connect((receiver) => lab.trackreel.tap(receiver), sound);
    const tapped = taps.tapOf(track)!;
    const port = tapped.subscribe();
    const packets: object[] = [];
    await new Promise<void>((resolve) => {
      port.onmessage = ({ data: { data, type, mimeType, rtp } }) => {
        packets.push({ hasData: data.byteLength > 0, type, mimeType, step: rtp });
        if (packets.length === 20) resolve();
      };
      // Of sound there are none: nothing happens.
      port.postMessage({ key: true });
    });
    return { packets: packets.slice(0, 20), state: await tapped.state() };
  });
  expect(state).toBe('flowing');
  expect(packets).toEqual(
    Array(20).fill({ hasData: true, type: undefined, mimeType: 'audio/opus', step: expect.any(Number) }),
  );
});
