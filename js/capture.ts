import { errorOf } from './errors.js';

/** The live video track of what a page gave, or an error that says what it gave instead. */
export function videoTrackOf(source: unknown): MediaStreamTrack {
  if (typeof MediaStream === 'undefined' || typeof MediaStreamTrack === 'undefined') {
    throw errorOf('unsupported', 'this browser has no MediaStreamTrack');
  }
  const track = source instanceof MediaStream ? firstVideoTrack(source) : source;
  if (!(track instanceof MediaStreamTrack)) {
    throw errorOf('invalid-source', `the source must be a MediaStream or a MediaStreamTrack, not ${nameOf(source)}`);
  }
  if (track.kind !== 'video') {
    throw errorOf('invalid-source', `the track must be a video track, not ${track.kind}`);
  }
  return track;
}

/**
 * The track's frames, as a stream that can be transferred to the worker, so that they never wait for the page.
 *
 * @see https://www.w3.org/TR/mediacapture-transform/#track-processor
 */
export function framesOf(track: MediaStreamTrack): ReadableStream<VideoFrame> {
  if (track.readyState === 'ended') throw errorOf('invalid-source', 'the track has ended already');
  if (typeof MediaStreamTrackProcessor === 'undefined') {
    throw errorOf('unsupported', 'this browser has no MediaStreamTrackProcessor');
  }
  // The browser drops the oldest frame, and tells nobody, when this many wait. Two seconds' worth rides out a busy machine.
  return new MediaStreamTrackProcessor({ track: track as MediaStreamVideoTrack, maxBufferSize: 60 }).readable;
}

function firstVideoTrack(stream: MediaStream): MediaStreamTrack {
  const [track] = stream.getVideoTracks();
  if (!track) throw errorOf('invalid-source', 'the stream has no video track');
  return track;
}

/** What a value is called in an error. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`;
}
