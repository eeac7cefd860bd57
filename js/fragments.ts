import { errorOf } from './errors.js';

/** Where the fragments of a reel begin, and how they are aborted. */
export interface FragmentOptions {
  /**
   * The {@link Fragment.cursor} of the last fragment that is there already. What follows it comes, without what came before.
   *
   * @defaultValue none: from the beginning
   */
  after?: string | null | undefined;
  /** Ends the stream, which then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * A part of a reel as fragmented MP4 (ISO/IEC 14496-12, § 8.8): one after the other they are a file, and what a `SourceBuffer` takes.
 */
export interface Fragment {
  /**
   * - `'init'`: what comes before the first fragment. Another one comes where sound begins later, and has both tracks; readers of files
   *   that have begun without it do not expect it there
   * - `'media'`: pictures and sound of one to about four seconds, or up to the end of a picture that is shown for longer
   */
  readonly kind: 'init' | 'media';
  /**
   * Its bytes, as a handle to what is on disk. They are the same each time it is read, unless it is the last one of a recording that was
   * resumed since.
   */
  readonly data: Blob;
  /** How many bytes there are before it, from the first `'init'` on. */
  readonly offset: number;
  /** Such as `video/mp4; codecs="avc1.64001f, opus"`. */
  readonly mimeType: string;
  /** Where it begins, in seconds from the reel's start; 0 for an `'init'`. */
  readonly from: number;
  /** Where it ends, in seconds from the reel's start; 0 for an `'init'`. */
  readonly to: number;
  /** What {@link FragmentOptions.after} takes, in this page or another, now or later. */
  readonly cursor: string;
}

/** How long to wait until the next fragment of a live reel is asked for, in milliseconds. */
const WAIT_MS = 500;
/** Stands between the id of a reel and a place in it. */
const AT = '@';

/** The fragments of a reel, which `ask` gives behind a place in it. @internal */
export function streamFragments(
  id: string,
  { after, signal }: FragmentOptions,
  ask: (after: string | undefined) => Promise<FragmentsAnswer>,
): ReadableStream<Fragment> {
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw errorOf('invalid-option', 'signal must be an AbortSignal');
  }
  if (after != null && !String(after).startsWith(id + AT)) {
    throw errorOf('invalid-option', `after must be the cursor of a fragment of this reel, not '${after}'`);
  }
  signal?.throwIfAborted();
  let place = after?.slice(id.length + AT.length);
  const ready: Fragment[] = [];
  let isCancelled = false;
  let wake = () => {};
  const fill = async () => {
    while (!ready.length && !isCancelled) {
      const { fragments, over } = await ask(place);
      if (over) return;
      for (const fragment of fragments) ready.push({ ...fragment, cursor: id + AT + fragment.cursor });
      place = fragments.at(-1)?.cursor ?? place;
      if (!fragments.length && !isCancelled) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, WAIT_MS);
        });
      }
    }
  };
  const end = () => {
    isCancelled = true;
    wake();
  };
  const stream = new ReadableStream<Fragment>(
    {
      start(controller) {
        signal?.addEventListener('abort', () => {
          end();
          controller.error(signal.reason);
        });
      },
      async pull(controller) {
        await fill();
        if (isCancelled) return;
        const next = ready.shift();
        if (next) controller.enqueue(next);
        else controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return Symbol.asyncIterator in stream
    ? stream
    : Object.assign(stream, { [Symbol.asyncIterator]: () => each(stream) });
}

/** What `for await` takes where a stream has no such method: Safari's had none for long. */
async function* each(stream: ReadableStream<Fragment>): AsyncGenerator<Fragment> {
  const reader = stream.getReader();
  let isOver = false;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    isOver = true;
  } finally {
    if (!isOver) await reader.cancel();
    reader.releaseLock();
  }
}

/** Fragments; and whether there are no more. @internal */
export interface FragmentsAnswer {
  fragments: Fragment[];
  over: boolean;
}
