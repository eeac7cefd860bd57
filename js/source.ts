import { errorOf, nameOf } from './errors.js';

/**
 * What can be recorded.
 *
 * Of a stream, the first video track and the first audio track are. A video track has no sound. A list has tracks of any streams. An audio
 * track, and a stream or a list without a video track, is recorded as sound alone.
 */
export type RecorderSource = MediaStream | MediaStreamTrack | readonly MediaStreamTrack[];

/**
 * The track that a recording is as long as: the video track of what a page gave, or the audio track where that is all.
 *
 * What it can do counts, and not what made it: it may be of another window.
 *
 * @internal
 */
export function leadingTrackOf(source: unknown): MediaStreamTrack {
  const tracks = tracksOf(source);
  const track = tracks.find(({ kind }) => kind === 'video') ?? firstLive(tracks) ?? tracks[0];
  if (track) return track;
  throw errorOf('invalid-source', `there is no track in the ${Array.isArray(source) ? 'list' : 'stream'}`);
}

/** The first audio track of what a page gave that has not ended. @internal */
export function audioTrackOf(source: RecorderSource): MediaStreamTrack | undefined {
  return firstLive(tracksOf(source));
}

function firstLive(tracks: readonly MediaStreamTrack[]): MediaStreamTrack | undefined {
  return tracks.find(({ kind, readyState }) => kind === 'audio' && readyState === 'live');
}

/** Whether there is an audio track in what a page gave, and no other. @internal */
export function isSound(source: unknown): boolean {
  const tracks = tracksOf(source);
  return tracks.length > 0 && tracks.every(({ kind }) => kind === 'audio');
}

/** The tracks of a source, unless that only looks like one to a page. */
function tracksOf(source: unknown): readonly MediaStreamTrack[] {
  if (typeof MediaStream === 'undefined' || typeof MediaStreamTrack === 'undefined') {
    throw errorOf('unsupported', 'this browser has no MediaStreamTrack');
  }
  const isObject = typeof source === 'object' && source !== null;
  const isList =
    Array.isArray(source) && source.every((one) => typeof one === 'object' && one !== null && 'kind' in one);
  if (!isObject || !(isList || 'getVideoTracks' in source || 'kind' in source)) {
    const accepted = 'a MediaStream, a MediaStreamTrack or an array of tracks';
    throw errorOf('invalid-source', `the source must be ${accepted}, not ${nameOf(source)}`);
  }
  try {
    const tracks = isList ? source : 'kind' in source ? [source] : (source as MediaStream).getTracks();
    // The browser takes none but its own.
    void new MediaStream(tracks as MediaStreamTrack[]);
    return tracks as MediaStreamTrack[];
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw errorOf('invalid-source', `this ${nameOf(source)} is not the browser's: unwrap its proxy`, { cause });
  }
}
