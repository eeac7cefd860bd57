import { capture, type Capture } from './capture.js';
import { judge, type Outcome } from './judge.js';
import type { Plan } from './plan.js';
import { record } from './record.js';

/** What a runner finds in the page. */
export interface Senders {
  /** Records what the server sends, and judges the file. */
  record(server: string, plan: Plan): Promise<Outcome>;
  capture(server: string, plan: Plan): Promise<Omit<Capture, 'encoded'>>;
  /** A part of what the last capture received, as base64. */
  encoded(from: number, to: number): Promise<string>;
}

declare global {
  var senders: Senders;
}

let last: Blob | undefined;

globalThis.senders = {
  async record(server, plan) {
    return judge(plan, await record(server, plan));
  },
  async capture(server, plan) {
    const { encoded, ...rest } = await capture(server, plan);
    last = encoded;
    return rest;
  },
  encoded(from, to) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(last!.slice(from, to));
    });
  },
};
