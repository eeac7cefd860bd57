/** How many blocks of sound wait for a busy worker: two seconds of blocks of 10 ms. */
const MAX_WAITING = 200;

/** The sound of a track, on its way to a worker. @internal */
export interface SoundCapture {
  readonly source: ReadableStream<AudioData>;
  /** Wants no more of it. */
  stop(): void;
}

/**
 * The track's sound, from a processor in the window; none if there are no processors here.
 *
 * A received track gives nothing unless an element plays it. This one is muted, so that nobody hears the track twice.
 *
 * @internal
 * @see https://www.w3.org/TR/mediacapture-transform/#track-processor
 */
export function captureSound(track: MediaStreamTrack): SoundCapture | undefined {
  if (typeof MediaStreamTrackProcessor === 'undefined') return undefined;
  const init = { track: track as MediaStreamAudioTrack, maxBufferSize: MAX_WAITING };
  const { readable } = new MediaStreamTrackProcessor(init);
  const player = document.createElement('audio');
  player.muted = true;
  player.srcObject = new MediaStream([track]);
  // A muted one may play without a click.
  player.play().catch(() => {});
  return { source: readable, stop: () => void (player.srcObject = null) };
}

/** The first audio track of what a page gave, if there is one that has not ended. @internal */
export function audioTrackOf(source: MediaStream | MediaStreamTrack): MediaStreamTrack | undefined {
  if (!('getAudioTracks' in source)) return undefined;
  return source.getAudioTracks().find((track) => track.readyState === 'live');
}
