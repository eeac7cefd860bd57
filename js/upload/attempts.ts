// What fails may succeed a moment later: when it is tried again, and when it is not.
import { OptionError } from '../index.js';
import { UploadError } from './error.js';
import type { Checked } from './options.js';

/** Between two attempts, in milliseconds: twice as long each time. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Request Timeout, Too Early, Too Many Requests: of all 4xx, these pass by themselves. */
const PASSING = [408, 425, 429];
/** A refusal may be of an address that has expired: there is a second one. */
const REFUSALS = 2;

/** Does something, as often as it takes. An error that another attempt does not help ends it at once. */
export async function persist<T>(
  what: string,
  part: number | undefined,
  { attempts, signal, onRetry }: Checked,
  attempt: () => Promise<T>,
): Promise<T> {
  let [failures, refusals] = [0, 0];
  let cause: unknown;
  const report = (wait: number) => notify(onRetry, { attempt: failures, part, status: statusOf(cause), cause, wait });
  for (;;) {
    if (!navigator.onLine) {
      report(Infinity);
      await pause(signal);
    }
    signal?.throwIfAborted();
    try {
      return await orAborted(attempt(), signal);
    } catch (failure) {
      signal?.throwIfAborted();
      if (isLast(failure)) throw failure;
      cause = failure;
    }
    // A network that went away meanwhile is no attempt.
    if (!navigator.onLine) continue;
    failures++;
    const status = statusOf(cause);
    const isRefused = status !== undefined && status >= 400 && status < 500 && !PASSING.includes(status);
    refusals = isRefused ? refusals + 1 : 0;
    if (failures >= attempts || refusals === REFUSALS) {
      throw new UploadError(`${what} failed ${failures} times: ${cause}`, status, part, cause);
    }
    const wait = isRefused ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
    report(wait);
    if (wait > 0) await pause(signal, wait);
  }
}

/** The outcome, unless the signal aborts before: what a page gives may never settle. */
function orAborted<T>(outcome: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const over = new AbortController();
  return new Promise<T>((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { signal: over.signal });
    outcome.then(resolve, reject);
  }).finally(() => over.abort());
}

/** Calls a function of the page. What it throws is the page's, and does not end the upload. */
export function notify<T extends unknown[]>(listener: (...args: T) => void, ...args: T): void {
  try {
    listener(...args);
  } catch (error) {
    reportError(error);
  }
}

function statusOf(failure: unknown): number | undefined {
  const status = (failure as { status?: unknown } | undefined)?.status;
  return typeof status === 'number' ? status : undefined;
}

function isLast(failure: unknown): boolean {
  const isAbort = (failure as Error | undefined)?.name === 'AbortError';
  return isAbort || failure instanceof OptionError || failure instanceof UploadError;
}

/** Resolves after this time, or when there is a network again: what was lost with it need not wait longer. */
async function pause(signal: AbortSignal | undefined, ms = Infinity): Promise<void> {
  signal?.throwIfAborted();
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<void>((resolve, reject) => {
    const until = { signal: over.signal };
    signal?.addEventListener('abort', () => reject(signal.reason), until);
    addEventListener('online', () => resolve(), until);
    if (ms < Infinity) timer = setTimeout(resolve, ms);
  }).finally(() => {
    over.abort();
    clearTimeout(timer);
  });
}
