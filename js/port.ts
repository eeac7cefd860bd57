/// <reference path="./build.d.ts" />
import { errorFrom, errorOf, type TrackreelError } from './errors.js';
import { HINT, launch, reasonOf } from './launch.js';
import { locationOf } from './locate.js';
import type { Abort, Answer, Begin, Calls, Request, WorkerEvent } from './messages.js';
import type { Kind, StandInLost, StandInWanted } from './stand-in/messages.js';
import { startStandIn } from './stand-in/start.js';

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  onProgress: ((done: number) => void) | undefined;
}

/** How a call is followed. */
interface Following {
  onProgress?: ((done: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A worker that answers calls, one promise each. */
export class Port {
  /** None if the browser refuses to start it. */
  readonly #worker: Worker | undefined;
  readonly #onLost: (error: TrackreelError) => void;
  readonly #pending = new Map<number, Pending>();
  /** What encodes for the worker, where it asked for that. */
  readonly #standIns = new Map<Kind, Worker | undefined>();
  #lastId = 0;
  #lost: TrackreelError | undefined;
  #closing = false;
  /** How many recordings use it. */
  #users = 1;
  #ended = false;

  /**
   * @param onEvent - gets the worker's events
   * @param onLost - called once if the worker crashes or can't be loaded
   */
  constructor(onEvent: (event: WorkerEvent) => void = () => {}, onLost: (error: TrackreelError) => void = () => {}) {
    this.#onLost = onLost;
    try {
      const { worker, address } = launch(startRecordingWorker);
      worker.onmessage = ({ data }: MessageEvent<Answer | StandInWanted | { event: WorkerEvent }>) => {
        if ('event' in data) onEvent(data.event);
        else if ('standIn' in data) this.#startStandIn(data);
        else this.#settle(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        if (event.message) this.lose(event.message);
        else void reasonOf(address).then((reason) => this.lose(reason));
      };
      worker.postMessage({ wasm: locationOf('wasm') } satisfies Begin);
      this.#worker = worker;
    } catch (error) {
      // Of another origin, or not trusted. Reported later, as every other failure is.
      queueMicrotask(() => {
        if (typeof Worker === 'undefined')
          this.#fail(errorOf('unsupported', 'there is no Worker here, only in a page'));
        else this.lose(`${(error as Error).message}; ${HINT}`);
      });
    }
  }

  /** Ends the worker, which has failed for this reason. */
  lose(reason: string): void {
    this.#fail(errorOf('worker-lost', `the recording worker failed: ${reason}`));
  }

  #fail(error: TrackreelError): void {
    if (this.#lost) return;
    this.#lost = error;
    this.#terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#onLost(error);
  }

  /** Asks the worker; rejects with what went wrong there, or the signal's reason. */
  call<C extends keyof Calls>(
    call: C,
    ask: Calls[C]['ask'],
    transfer: Transferable[] = [],
    { onProgress, signal }: Following = {},
  ): Promise<Calls[C]['answer']> {
    if (this.#lost) return Promise.reject(this.#lost);
    if (this.#ended) return Promise.reject(errorOf('worker-lost', 'the recording worker has ended'));
    const id = ++this.#lastId;
    const abort = () => {
      this.#pending.get(id)?.reject(signal?.reason);
      if (this.#pending.delete(id)) this.#worker?.postMessage({ abort: id } satisfies Abort);
    };
    signal?.addEventListener('abort', abort);
    return new Promise((resolve, reject) => {
      this.#worker?.postMessage({ id, call, ask }, transfer);
      this.#pending.set(id, { resolve, reject, onProgress });
    }).finally(() => signal?.removeEventListener('abort', abort)) as Promise<Calls[C]['answer']>;
  }

  /** Whether the worker answers before this time is over, in milliseconds. Resolves when it is over. */
  async answersWithin(patienceMs: number): Promise<boolean> {
    let hasAnswered = false;
    this.call('hasProcessor', null).then(
      () => (hasAnswered = true),
      () => {},
    );
    await new Promise((resolve) => setTimeout(resolve, patienceMs));
    return hasAnswered;
  }

  /** Sends the worker a message that has no answer. */
  notify(call: 'pause' | 'resume' | 'trackEnded'): void {
    this.#worker?.postMessage({ id: 0, call, ask: null } satisfies Request);
  }

  /** Notes that another recording uses it: it is then closed once more often. */
  share(): void {
    this.#users++;
  }

  /** Lets the calls under way finish, then ends the worker, unless another recording uses it. Gives whether none does. */
  close(): boolean {
    if (--this.#users > 0) return false;
    this.#end();
    return true;
  }

  #end(): void {
    this.#closing = true;
    if (this.#pending.size === 0) this.#terminate();
  }

  #terminate(): void {
    this.#ended = true;
    this.#worker?.terminate();
    for (const standIn of this.#standIns.values()) standIn?.terminate();
  }

  #startStandIn({ standIn: kind, port }: StandInWanted): void {
    if (this.#ended) return;
    // Here and not in the worker, since not every browser lets those have workers of their own.
    const lose = (reason: string) => this.#worker?.postMessage({ lost: kind, reason } satisfies StandInLost);
    this.#standIns.get(kind)?.terminate();
    this.#standIns.set(kind, startStandIn(kind, port, lose));
  }

  #settle(data: Answer): void {
    const pending = this.#pending.get(data.id);
    if ('done' in data) return pending?.onProgress?.(data.done);
    this.#pending.delete(data.id);
    if ('error' in data) pending?.reject(errorFrom(data.error));
    else pending?.resolve(data.answer);
    if (this.#closing) this.#end();
  }
}

/**
 * Bundlers know a worker by `new Worker(new URL(…, import.meta.url), …)`, so that is written out. webpack makes one file of all
 * workers of one name, so that no two of them have the same.
 *
 * @internal
 */
export function startRecordingWorker(): Worker {
  const at = locationOf('worker');
  if (at) return new Worker(at, { type: 'module', name: WORKER_NAME });
  return new Worker(new URL(WORKER_FILE, import.meta.url), { type: 'module', name: WORKER_NAME });
}
