import type { Capture } from './capture.js';
import { hasEnded } from './capture.js';
import { errorOf, type TrackreelError } from './errors.js';
import type { OptionEntry } from './messages.js';
import { tapState, tappedOf, type Tapped } from './tap.js';

/** What is recorded of a track: its tap, if its frames are kept as they are received, or else why they are not. */
export interface Way {
  tapped?: Tapped;
  reason?: string;
}

/** What can be kept as it is received: the module reads it. */
const MIME_TYPE = /^video\/h264$/i;

/** How often it is checked whether a track has ended, which no event reports if the page has stopped it, in milliseconds. */
const LOOK_MS = 250;

/** Why frames are not kept, in words. */
const WORDS: Readonly<Record<string, string>> = {
  'not-tapped': 'tap(connection) was not called for it, or the browser gives no encoded frames',
  'too-late': 'tap(connection) was called after its first frame had come',
  codec: 'a file does not hold its codec as it is received',
  sound: 'sound is recorded beside it',
  'tap-lost': 'the worker that gives its frames was lost',
};

/**
 * Finds out whether a track's frames are kept as they are received.
 *
 * @param hasSound - whether sound is recorded beside them
 * @throws UnsupportedError `unsupported` if they are to be kept and can't be
 * @internal
 */
export async function wayOf(track: MediaStreamTrack, options: OptionEntry[], hasSound: boolean): Promise<Way> {
  const wanted = options.findLast(({ name }) => name === 'source')?.value ?? 'auto';
  const tapped = wanted === 'frames' ? undefined : tappedOf(track);
  const reason = tapped ? await whyNot(tapped, wanted !== 'received' && hasSound) : 'not-tapped';
  if (!reason) return { tapped: tapped! };
  if (wanted === 'received') throw unfit(reason);
  return tapped ? { reason } : {};
}

/** The error for frames that can't be kept as they are received. @internal */
export function unfit(reason: string): TrackreelError {
  return errorOf('unsupported', `the track can't be recorded as it is received: ${WORDS[reason] ?? reason}`);
}

async function whyNot(tapped: Tapped, hasSound: boolean): Promise<string | undefined> {
  if (hasSound) return 'sound';
  const { frames, mimeType } = await tapped.facts();
  if (frames > 0) return MIME_TYPE.test(mimeType ?? '') ? undefined : 'codec';
  return (await tapState(tapped)) === 'too-late' ? 'too-late' : undefined;
}

/**
 * The frames of a tapped track as they are received.
 *
 * @param onEnded - called when the track has ended
 * @param onLost - called when no more come, since what gives them was lost
 * @internal
 */
export function captureReceived(
  track: MediaStreamTrack,
  tapped: Tapped,
  onEnded: () => void,
  onLost: () => void,
): Capture {
  const timer = setInterval(() => hasEnded(track) && onEnded(), LOOK_MS);
  const unwatch = tapped.watch(onLost);
  const stop = () => {
    clearInterval(timer);
    unwatch();
  };
  return { source: { tap: tapped.subscribe(), decodes: false }, stop };
}
