import { spawnSync } from 'node:child_process';
import { expect, type Page } from '@playwright/test';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import type * as trackreel from '../../js/index.js';
import type { RecorderOptions } from '../../js/index.js';

/** What a page of a fixture gives: fixtures/record.js. */
interface Recorded {
  frames: number;
  codec: string;
  /** Pictures that were shown when it was played. */
  played: number;
  /** In base64. */
  file: string;
}

interface Failure {
  name: string;
  code: string;
  message: string;
}

declare global {
  /** https://www.w3.org/TR/trusted-types/#trusted-type-policy-factory, as far as it is used here. */
  var trustedTypes: {
    isScriptURL(value: unknown): boolean;
    createPolicy(
      name: string,
      rules: { createScriptURL(url: string): string | null },
    ): { createScriptURL(url: string): trackreel.TrustedAddress };
  };

  /** What fixtures/main.js gives. */
  var lab: Pick<typeof trackreel, 'Recorder' | 'download' | 'locate' | 'reels'> & {
    entries: Record<string, () => Promise<object>>;
    record(options?: RecorderOptions): Promise<Recorded>;
    recordSound(options?: RecorderOptions): Promise<string>;
    failureOf(call: () => unknown): Promise<Failure | undefined>;
  };
}

/** Records in the page in every way that loads another file, and reads the files. */
export async function expectToRecord(page: Page): Promise<void> {
  await expectToEncode(page);
  await page.evaluate(() => Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor'));
  expect(await page.evaluate(() => lab.Recorder.support())).toMatchObject({ capture: 'video', audio: 'worklet' });
  await expectRecording(page, {}, /^avc1\.64/);
  await expectTone(page, {});
}

/** Records a tone in the page, and reads it in the file. */
async function expectTone(page: Page, options: RecorderOptions): Promise<void> {
  const file = await page.evaluate((options) => lab.recordSound(options), options);
  expect(await loudnessOf(Buffer.from(file, 'base64')), 'the tone').toBeGreaterThan(-10);
}

/** Records in the page with the browser's encoders, with OpenH264 and with the AAC module. */
export async function expectToEncode(page: Page): Promise<void> {
  await expectRecording(page, {}, /^avc1\.64/);
  await expectRecording(page, { encoder: 'openh264' }, /^avc1\.42/);
  await expectTone(page, { audioCodec: 'aac' });
}

/** Imports every entry of the package in the page. */
export async function expectEntries(page: Page): Promise<void> {
  const names = await page.evaluate(async () => {
    const modules = await Promise.all(Object.values(lab.entries).map((load) => load()));
    return modules.map((module) => Object.keys(module).length);
  });
  expect(names.length).toBeGreaterThan(1);
  expect(names, 'what each exports').not.toContain(0);
}

/** Opens a page, and waits for its script. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => 'lab' in globalThis);
}

/** Records in the page, and reads the file with another reader. */
export async function expectRecording(page: Page, options: RecorderOptions, codec: RegExp): Promise<void> {
  const { file, ...recorded } = await page.evaluate((options) => lab.record(options), options);
  expect(recorded.codec).toMatch(codec);
  expect(recorded.frames).toBeGreaterThanOrEqual(12);
  expect(recorded.played).toBeGreaterThan(0);
  expect(await framesOf(Buffer.from(file, 'base64'))).toBe(recorded.frames);
}

/** What recording fails with. */
export function failure(page: Page, options: RecorderOptions = {}): Promise<Failure | undefined> {
  return page.evaluate((options) => lab.failureOf(() => lab.record(options)), options);
}

/** The loudest sample of a file, in decibels of full scale. */
async function loudnessOf(file: Buffer): Promise<number> {
  const options = ['-hide_banner', '-i', '-', '-vn', '-af', 'volumedetect', '-f', 'null', '-'];
  const { stderr } = spawnSync('ffmpeg', options, { input: file, encoding: 'utf8' });
  return Number(/max_volume: (\S+) dB/.exec(stderr)?.[1] ?? -Infinity);
}

async function framesOf(file: Buffer): Promise<number> {
  const input = new Input({ source: new BufferSource(file), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  let frames = 0;
  for await (const packet of new EncodedPacketSink(track!).packets()) if (packet.byteLength > 0) frames++;
  input.dispose();
  return frames;
}
