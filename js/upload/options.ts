// What a page gives is checked before anything is sent or noted.
import { OptionError, UnsupportedError, type Reel } from '../index.js';
import type { UploadOptions } from '../upload.js';

/** The options, each with its value. */
export interface Checked extends Required<UploadOptions> {
  partSize: number;
  attempts: number;
  onProgress: NonNullable<UploadOptions['onProgress']>;
  onRetry: NonNullable<UploadOptions['onRetry']>;
}

const PART_SIZE = 5 * 1024 * 1024;
const ATTEMPTS = 8;

/** Refuses what is not accepted. */
export function check(name: string, isValid: unknown, accepted: string): asserts isValid {
  if (!isValid) throw new OptionError('invalid-option', `${name} must be ${accepted}`);
}

/** Refuses what is no reel, such as a recorder: it has one. */
export function checkReel(reel: Reel): void {
  const isReel = typeof reel?.fragments === 'function' && reel.id;
  check('reel', isReel, 'a reel, such as recorder.reel, and no recorder');
}

/** Refuses a reel that can't be sent, and options that are none or have wrong values. */
export function checkAll(reel: Reel, options: UploadOptions): Checked {
  checkReel(reel);
  check('options', typeof options === 'object' && options, 'an object');
  const { begin, address, complete, onProgress = none, onRetry = none } = options;
  const { partSize = PART_SIZE, attempts = ATTEMPTS, signal } = options;
  const calls = { begin, address, complete, onProgress, onRetry };
  const numbers = { partSize, attempts };
  const all: Checked = { ...calls, ...numbers, signal };
  for (const name of Object.keys(options)) {
    check(`option ${name}`, name in all, `one of ${Object.keys(all).join(', ')}`);
  }
  for (const [name, call] of Object.entries(calls)) check(name, typeof call === 'function', 'a function');
  for (const [name, number] of Object.entries(numbers)) {
    check(name, Number.isInteger(number) && number > 0, 'a whole number from 1');
  }
  check('signal', signal === undefined || typeof signal?.throwIfAborted === 'function', 'an AbortSignal');
  if (reel.container !== 'mp4') {
    throw new UnsupportedError('unsupported', 'uploads are of MP4: this reel becomes a WebM');
  }
  return all;
}

function none(): void {}
