import type { Progress } from 'trackreel';
import { capture, type Capture } from './capture.js';
import { judge, spansInFile, type Outcome } from './judge.js';
import { playBack, type Played } from './playback.js';
import type { Plan } from './plan.js';
import { record } from './record.js';

/** What a runner finds in the page. */
export interface Senders {
  /** Records what the server sends, and judges the file. */
  record(server: string, plan: Plan): Promise<Outcome>;
  /** The same for a plan with sound, with the file as base64 and when each stretch is in it. */
  recordSound(server: string, plan: Plan): Promise<RecordedSound>;
  /** Records what the server sends as it is received. */
  recordReceived(server: string, plan: Plan): Promise<RecordedAsReceived>;
  /** Records what the server sends, plays it live, and seeks back in it. */
  playBack(server: string, plan: Plan, from: 'frames' | 'received'): Promise<Played>;
  capture(server: string, plan: Plan): Promise<Omit<Capture, 'encoded'>>;
  /** A part of what the last capture received, as base64. */
  encoded(from: number, to: number): Promise<string>;
}

/** A recording with sound. */
export interface RecordedSound {
  outcome: Outcome;
  spans: ReturnType<typeof spansInFile>;
  file: string;
}

/** A recording of frames as they were received. */
export interface RecordedAsReceived {
  outcome: Outcome;
  progress: Progress;
  /** The numbers of the pictures in the file, and of those that the browser showed. */
  inFile: number[];
  shown: (number | null)[];
  file: string;
}

declare global {
  var senders: Senders;
}

let last: Blob | undefined;

globalThis.senders = {
  async record(server, plan) {
    return judge(plan, await record(server, plan));
  },
  async recordSound(server, plan) {
    const { blob, ...recorded } = await record(server, plan);
    return { outcome: judge(plan, recorded), spans: spansInFile(plan, recorded), file: await base64(blob) };
  },
  async recordReceived(server, plan) {
    const { blob, progress, ...recorded } = await record(server, plan, 'received');
    const inFile = recorded.file.map(({ counter }) => counter);
    const pictureOf = new Map(recorded.log.frames.map(({ rtp, picture }) => [rtp, picture]));
    const shown = recorded.delivered.map(({ rtp }) => pictureOf.get(rtp) ?? null);
    return { outcome: judge(plan, recorded), progress, inFile, shown, file: await base64(blob) };
  },
  playBack,
  async capture(server, plan) {
    const { encoded, ...rest } = await capture(server, plan);
    last = encoded;
    return rest;
  },
  encoded: (from, to) => base64(last!.slice(from, to)),
};

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
