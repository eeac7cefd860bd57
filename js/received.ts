import type { Capture } from './capture.js';
import { captureHere, hasEnded, hasProcessor } from './capture.js';
import { errorOf, type TrackreelError } from './errors.js';
import type { OptionEntry } from './messages.js';
import { captureTapped, type SoundCapture } from './sound.js';
import { tappedOf, type Tapped } from './taps.js';
import type { Codec } from './types.js';

/** How a track is recorded: by its tap, if its frames are kept as they are received, or else why they are not. */
export interface SourceChoice {
  tapped?: Tapped;
  /** Whether its pictures are needed: they show what is static, and of some codecs what was lost. */
  watches?: boolean;
  /** The sound beside it, if that comes by its tap as well. */
  sound?: SoundCapture | undefined;
  reason?: string;
}

/** What can be kept as it is received in each container: the module reads it. Of a reel that is resumed, only the module knows which it is. */
const MIME_TYPES: Readonly<Record<string, RegExp>> = {
  mp4: /^video\/(h264|vp9|av1)$/,
  webm: /^video\/(vp8|vp9|av1)$/,
};
const MIME_TYPE = /^video\/(h264|vp8|vp9|av1)$/;

/** Of this codec, frames show by themselves what was lost before them. Chromium's AV1 comes without such numbers, as all VP9 does. */
const NUMBERED = /^video\/h264$/i;

/** What of it WebRTC sends at the least: H.264's constrained baseline. */
const BASELINE = 'avc1.42e028';

/** How often it is checked whether a track has ended, which no event reports if the page has stopped it, in milliseconds. */
const LOOK_MS = 250;

/** Why frames are not kept, in words. */
const WORDS: Readonly<Record<string, string>> = {
  'not-tapped':
    'neither tap(connection) nor tapPort(receiver) was called for it, or the browser gives no encoded frames',
  'too-late': 'tap(connection) was called after its first frame had come, or its transform copies no frames',
  freeze:
    'static pictures are cut or held, and this browser neither shows a worker what it receives nor decodes it there',
  codec: 'a file does not hold its codec as it is received',
  sound: 'the sound beside it is not tapped, or is no Opus',
  'tap-lost': 'the worker that gives its frames was lost',
};

/**
 * Whether a track's frames may be kept as they are received.
 *
 * @throws UnsupportedError `unsupported` if they are to be kept, and the track is not tapped
 * @internal
 */
export function mayBeKept(track: MediaStreamTrack, options: OptionEntry[]): boolean {
  const wanted = wantedOf(options);
  const isTapped = wanted !== 'frames' && tappedOf(track) !== undefined;
  if (wanted === 'received' && !isTapped) throw notKeepable('not-tapped');
  return isTapped;
}

/**
 * Finds out how a tapped track is recorded.
 *
 * @param soundTrack - the sound that is recorded beside it
 * @param container - what they go into: none of a reel that is resumed, of which only the module knows
 * @throws UnsupportedError `unsupported` if its frames are to be kept and can't be
 * @internal
 */
export async function chooseSource(
  track: MediaStreamTrack,
  options: OptionEntry[],
  soundTrack: MediaStreamTrack | undefined,
  container: string | undefined,
): Promise<SourceChoice> {
  const tapped = tappedOf(track);
  const isWanted = wantedOf(options) === 'received';
  const reason = tapped
    ? (await isBlind(options))
      ? 'freeze'
      : await reasonNotToKeep(tapped, options, container)
    : 'not-tapped';
  if (reason && isWanted) throw notKeepable(reason);
  if (!tapped || reason) return reason ? { reason } : {};
  const tappedSound = soundTrack && tappedOf(soundTrack);
  const sound = tappedSound && (await captureTapped(soundTrack, tappedSound));
  // Sound that comes another way is later than frames that are not decoded.
  if (soundTrack && !sound && !isWanted) return { reason: 'sound' };
  if (!hasProcessor()) return { tapped, sound, watches: findsFreezes(options) && (await decodesNumbered()) };
  const { mimeType } = await tapped.facts();
  return { tapped, sound, watches: findsFreezes(options) || !NUMBERED.test(mimeType) };
}

/** The codecs of received video whose frames can be kept as they are received, in this browser and with these options. @internal */
export async function keptCodecs(options: OptionEntry[]): Promise<Codec[]> {
  if (typeof RTCRtpScriptTransform === 'undefined' || wantedOf(options) === 'frames') return [];
  if (await isBlind(options)) return [];
  const received = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const container = containerOf(options);
  return [...new Set(received.flatMap(({ mimeType }) => keptCodec(mimeType, options, container) ?? []))];
}

/** What a new reel is written as. @internal */
export function containerOf(options: OptionEntry[]): string {
  return String(valueOf(options, 'container', 'mp4'));
}

function wantedOf(options: OptionEntry[]): unknown {
  return valueOf(options, 'source', 'auto');
}

/** Whether static pictures are to be found. */
function findsFreezes(options: OptionEntry[]): boolean {
  return valueOf(options, 'freeze', 'cut') !== 'keep';
}

/** Whether static pictures would be missed: they show in the bytes of some encoders only. */
async function isBlind(options: OptionEntry[]): Promise<boolean> {
  return wantedOf(options) !== 'received' && findsFreezes(options) && !hasProcessor() && !(await decodesNumbered());
}

/** Whether a worker can decode what shows by itself what was lost, where a browser shows it no pictures. */
async function decodesNumbered(): Promise<boolean> {
  if (typeof VideoDecoder === 'undefined') return false;
  return VideoDecoder.isConfigSupported({ codec: BASELINE }).then(
    ({ supported }) => supported === true,
    () => false,
  );
}

/** The codec of a kind of media, if it can be kept as it is received. */
function keptCodec(mimeType: string, options: OptionEntry[], container: string | undefined): Codec | undefined {
  const held = container === undefined ? undefined : MIME_TYPES[container];
  const [, codec] = (held ?? MIME_TYPE).exec(mimeType.toLowerCase()) ?? [];
  const wanted = wantedOf(options) === 'received' ? 'auto' : valueOf(options, 'codec', 'auto');
  const isReadable = hasProcessor() || NUMBERED.test(mimeType);
  return isReadable && (wanted === 'auto' || wanted === codec) ? (codec as Codec | undefined) : undefined;
}

/** An option as it was written: the worker checks it. */
function valueOf(options: OptionEntry[], of: string, fallback: string): unknown {
  return options.findLast(({ name }) => name === of)?.value ?? fallback;
}

/** The error for frames that can't be kept as they are received. @internal */
export function notKeepable(reason: string): TrackreelError {
  return errorOf('unsupported', `the track can't be recorded as it is received: ${WORDS[reason] ?? reason}`);
}

async function reasonNotToKeep(
  tapped: Tapped,
  options: OptionEntry[],
  container: string | undefined,
): Promise<string | undefined> {
  const { frames, mimeType } = await tapped.facts();
  // Where most codecs are not kept, what was agreed on spares a wrong beginning.
  const agreed = hasProcessor() ? undefined : tapped.receiver.getParameters?.().codecs[0]?.mimeType;
  const known = frames > 0 ? mimeType : agreed;
  if (known && !keptCodec(known, options, container)) return 'codec';
  return frames === 0 && (await tapped.state()) === 'too-late' ? 'too-late' : undefined;
}

/**
 * The frames of a tapped track as they are received.
 *
 * @param watches - whether their pictures come as well: as the browser shows them, or else decoded by the worker
 * @param onEnded - called when the track has ended
 * @param onLate - called when frames come that the tap does not get
 * @internal
 */
export function captureReceived(
  track: MediaStreamTrack,
  tapped: Tapped,
  watches: boolean | undefined,
  onEnded: () => void,
  onLate: () => void,
): Capture {
  // A track that has just ended has none.
  const shown = watches ? captureHere(track) : undefined;
  let isAsking = false;
  let hasFlowed = false;
  const ask = async () => {
    isAsking = true;
    const state = await tapped.state().catch(() => 'waiting');
    isAsking = false;
    hasFlowed = state !== 'waiting';
    if (state === 'too-late') onLate();
  };
  const timer = setInterval(() => {
    if (hasEnded(track)) return onEnded();
    // A page may have set a transform of its own, which Firefox does not report to the one before.
    tappedOf(track);
    if (!hasFlowed && !isAsking) void ask();
  }, LOOK_MS);
  const line = tapped.line();
  const decoded = watches && !shown ? tapped.line() : undefined;
  const stop = () => {
    clearInterval(timer);
    line.stop();
    decoded?.stop();
  };
  const pictures = (shown?.source as ReadableStream<VideoFrame> | undefined) ?? decoded?.port;
  return { source: { tap: line.port, decodes: false, pictures }, stop };
}
