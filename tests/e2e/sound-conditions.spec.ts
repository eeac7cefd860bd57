import { writeFileSync } from 'node:fs';
import { type TestInfo } from '@playwright/test';
import { tracksOf } from './support/beeps.js';
import { makeCall } from './support/call.js';
import { expect, openLab, test } from './support/fixtures.js';
import { lengthOf, runsOf, shareOf, summaryOf, tonesOf, WINDOWS, type Tones } from './support/tones.js';

// Sound as calls have it: switched off, muted, replaced, in pauses of speech, from other devices. Each part of a call has a pitch.

/** How long each part of a call is at least, in seconds, and by how much it may be off in the file on a busy machine. */
const PART_S = 2;
const OFF_S = 0.8;
/** How much of one part is heard in the next, in seconds: sound in transit, and sound that Chromium conceals with. */
const LEFT_S = 0.5;

/** A recording of a call. */
interface InParts {
  file: string;
  /** How long each part was, in seconds. */
  lengths: number[];
}

declare global {
  /** Records the call in each of these ways in turn. The first one begins before the recording. */
  var inParts: (parts: (() => unknown)[]) => Promise<InParts>;
}

test.beforeEach(async ({ page }) => {
  await openLab(page);
  await page.evaluate((seconds) => {
    globalThis.inParts = async (parts) => {
      const recorder = new lab.trackreel.Recorder(call.stream, { maxFps: Infinity });
      const begins: number[] = [];
      for (const part of parts) {
        await part();
        begins.push(performance.now());
        if (recorder.state === 'inactive') {
          await recorder.start();
        }
        const { duration: time } = recorder.progress;
        await lab.reached(recorder, (now) => now.duration >= time + seconds);
      }
      begins.push(performance.now());
      await recorder.stop();
      await call.end();
      const lengths = parts.map((_, n) => (begins[n + 1]! - begins[n]!) / 1000);
      return { file: await lab.base64(await recorder.export()), lengths };
    };
  }, PART_S);
});

/** Decodes a file: the sound of each side. Its tracks have one length. */
function decoded(info: TestInfo, file: string, pitches: number[]): Tones[] {
  const path = info.outputPath('call.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const sides = tonesOf(path, pitches);
  console.log(sides.map(summaryOf).join('\n'));
  const lengths = tracksOf(path).map(({ length }) => length);
  expect(Math.abs(lengths[0]! - lengths[1]!), `${lengths}`).toBeLessThan(0.1);
  return sides;
}

/** Expects tones that are as long as their parts, and silence where the pitch is 0. */
function expectParts(tones: Tones, parts: number[], lengths: number[]): void {
  for (const [n, pitch] of parts.entries()) {
    // Chromium may play the end of the part before once more when sound returns.
    const before = tones.indexOf(parts[n - 1]!);
    const after = tones.indexOf(parts[n + 1]!);
    const length = pitch > 0 ? lengthOf(tones, pitch) : lengthOf(tones.slice(before, after), 0);
    const off = length - lengths[n]!;
    const numbers = `${pitch} Hz: ${length} of ${lengths[n]} s in ${summaryOf(tones)}`;
    expect.soft(off, numbers).toBeLessThan(OFF_S);
    // The first part begins before the recording does.
    expect.soft(n === 0 ? length - PART_S / 2 : off, numbers).toBeGreaterThan(-OFF_S);
  }
}

// A microphone that was switched off was audible in the file, or the file was shorter.
test('sound that is switched off at the sender, and at the receiver, is silence of that length', async ({
  page,
}, info) => {
  await makeCall(page, { pitches: [400] });
  const { file, lengths } = await page.evaluate(() => {
    const { source, stream } = call;
    const [received] = stream.getAudioTracks();
    return inParts([
      () => {},
      () => {
        source.track.enabled = false;
        source.pitches = [600];
      },
      () => {
        source.pitches = [800];
        source.track.enabled = true;
      },
      () => {
        received!.enabled = false;
        source.pitches = [1000];
      },
      () => {
        source.pitches = [1200];
        received!.enabled = true;
      },
    ]);
  });
  const [tones] = decoded(info, file, [400, 600, 800, 1000, 1200]);
  expectParts(tones!, [400, 0, 800, 0, 1200], lengths);
  for (const pitch of [600, 1000]) expect.soft(lengthOf(tones!, pitch), `${pitch} Hz`).toBeLessThan(LEFT_S);
});

test('a sender without a track is silent, and its next track is heard', async ({ page }, info) => {
  await makeCall(page, { pitches: [400] });
  const { file, lengths } = await page.evaluate(() => {
    const { sender } = call.transceiver;
    const next = call.makeSource(48_000, [800]);
    return inParts([() => {}, () => sender.replaceTrack(null), () => sender.replaceTrack(next.track)]);
  });
  const [tones] = decoded(info, file, [400, 800]);
  expectParts(tones!, [400, 0, 800], lengths);
});

test('a track that is muted by its sender is silent, and is heard after that', async ({ page }, info) => {
  await makeCall(page, { pitches: [400] });
  const { file, lengths, heard } = await page.evaluate(async () => {
    const { source, stream, transceiver } = call;
    const heard: string[] = [];
    const [received] = stream.getAudioTracks();
    for (const type of ['mute', 'unmute'] as const) received!.addEventListener(type, () => heard.push(type));
    const turn = async (direction: RTCRtpTransceiverDirection, pitch: number) => {
      transceiver.direction = direction;
      await call.negotiate();
      source.pitches = [pitch];
    };
    const recorded = await inParts([() => {}, () => turn('inactive', 600), () => turn('sendrecv', 800)]);
    return { ...recorded, heard: heard.slice(-2) };
  });
  expect(heard).toEqual(['mute', 'unmute']);
  const [tones] = decoded(info, file, [400, 600, 800]);
  expectParts(tones!, [400, 0, 800], lengths);
  expect.soft(lengthOf(tones!, 600)).toBeLessThan(LEFT_S);
});

// With discontinuous transmission, next to nothing is sent in a pause of speech.
test('speech after a pause that is not sent is where it was spoken', async ({ page }, info) => {
  await makeCall(page, { pitches: [400], fmtp: 'usedtx=1' });
  const { file, packets } = await page.evaluate(async () => {
    const { source, transceiver } = call;
    source.isSpeech = true;
    const sent = async () => {
      for (const report of (await transceiver.sender.getStats()).values())
        if (report.type === 'outbound-rtp') return { packets: report.packetsSent, ms: report.timestamp };
      throw new Error('nothing is sent');
    };
    const before = await sent();
    let after = before;
    const note = async () => void (after = await sent());
    const { file } = await inParts([() => {}, () => {}, () => {}, () => {}, note]);
    return { file, packets: ((after.packets - before.packets) * 1000) / (after.ms - before.ms) };
  });
  expect(packets, 'packets a second of 50').toBeLessThan(40);
  const [tones] = decoded(info, file, [400]);
  const bursts = runsOf(tones!, 400, 0.2);
  expect(bursts.length, summaryOf(tones!)).toBeGreaterThanOrEqual(7);
  for (const [n, { start, end }] of bursts.slice(1, -1).entries()) {
    expect.soft(Math.abs(end - start - 0.3), summaryOf(tones!)).toBeLessThan(0.15);
    expect.soft(Math.abs(start - bursts[n]!.start - 1), summaryOf(tones!)).toBeLessThan(0.2);
  }
});

test('a device at another rate, and one with two channels, continue the sound', async ({ page }, info) => {
  await makeCall(page, { rate: 44_100, pitches: [400], fmtp: 'stereo=1;sprop-stereo=1' });
  const { file, lengths } = await page.evaluate(() => {
    const { sender } = call.transceiver;
    const stereo = call.makeSource(48_000, [800, 1800]);
    const mono = call.makeSource(16_000, [1200]);
    return inParts([() => {}, () => sender.replaceTrack(stereo.track), () => sender.replaceTrack(mono.track)]);
  });
  const [left, right] = decoded(info, file, [400, 800, 1200, 1800]);
  expectParts(left!, [400, 800, 1200], lengths);
  expectParts(right!, [400, 1800, 1200], lengths);
});

test('a device of the page may change its rate and its channels during a recording', async ({ page }, info) => {
  await makeCall(page, { pitches: [400] });
  const file = await page.evaluate(async () => {
    const [one, other] = [call.makeSource(44_100, [400]), call.makeSource(48_000, [800, 800])];
    const recorder = new lab.trackreel.Recorder([...call.stream.getVideoTracks(), one.track]);
    await recorder.start();
    await lab.reached(recorder, ({ duration: time, audioCodec }) => audioCodec === 'opus' && time > 2);
    await recorder.replaceTrack(other.track);
    const { duration: time } = recorder.progress;
    await lab.reached(recorder, (now) => now.duration >= time + 2);
    await recorder.stop();
    await Promise.all([one.end(), other.end(), call.end()]);
    return lab.base64(await recorder.export());
  });
  const [tones, ...more] = decoded(info, file, [400, 800]);
  expect(more).toEqual([]);
  for (const pitch of [400, 800])
    expect(lengthOf(tones!, pitch), summaryOf(tones!)).toBeGreaterThan(PART_S - 2 * OFF_S);
  expect(lengthOf(tones!, 0), 'a hole between them').toBeLessThan(2 * OFF_S);
});

// Left and right of a call were one: its track had one channel until its first packet came.
for (const isSilent of [false, true]) {
  const name = `a call in stereo${isSilent ? ' that is silent at first' : ''}`;
  test(`left and right of ${name} are left and right of the file`, async ({ page }, info) => {
    await makeCall(page, { pitches: [400, 1400], fmtp: 'stereo=1;sprop-stereo=1', isSilent });
    const { file, lengths } = await page.evaluate(() => {
      const { sender } = call.transceiver;
      return inParts([() => {}, () => sender.replaceTrack(call.source.track)]);
    });
    const [left, right] = decoded(info, file, [400, 1400]);
    const end = left!.length / WINDOWS;
    const begin = end - lengths[1]! + OFF_S;
    expect(shareOf(left!, 400, begin, end - 0.1), summaryOf(left!)).toBeGreaterThan(0.8);
    expect(shareOf(right!, 1400, begin, end - 0.1), summaryOf(right!)).toBeGreaterThan(0.8);
  });
}
