/** Ticks of RTP's video clock in a microsecond (RFC 3551, § 5: 90,000 a second). */
const RTP_TICKS_PER_US = 0.09;

/** A picture that the browser announced, and when. */
interface AnnouncedPicture {
  /** When, in milliseconds. */
  now: number;
  /** The time that it got, in microseconds. */
  timeUs: number;
  metadata: VideoFrameCallbackMetadata | undefined;
}

/**
 * Gives each picture that a `<video>` shows a time, by the best clock that the browser offers: the sender's RTP timestamps,
 * which no network shakes; else the media's; else the page's, at the callback.
 *
 * @see https://wicg.github.io/video-rvfc/#video-frame-metadata
 */
export class VideoClock {
  #last: AnnouncedPicture | undefined;
  #untold = 0;

  /**
   * The time of the picture that a callback announces, in microseconds, and how many pictures before it were shown and not
   * taken. None if the picture was announced before.
   *
   * @param now - the time of the callback, in milliseconds
   */
  announced(now: number, metadata: VideoFrameCallbackMetadata): { timeUs: number; missed: number } | undefined {
    const last = this.#last;
    const before = last?.metadata;
    if (before && isSame(before, metadata)) return undefined;
    const stepUs = (before && stepOf(before, metadata)) ?? (now - (last?.now ?? now)) * 1000;
    const timeUs = Math.round((last?.timeUs ?? 0) + stepUs);
    const missed = before ? Math.max(metadata.presentedFrames - before.presentedFrames - 1 - this.#untold, 0) : 0;
    this.#last = { now, timeUs, metadata };
    this.#untold = 0;
    return { timeUs, missed };
  }

  /** The time of a picture that no callback announced, in microseconds. */
  untold(now: number): number {
    this.#last ??= { now, timeUs: 0, metadata: undefined };
    this.#untold += 1;
    return Math.round(this.#last.timeUs + (now - this.#last.now) * 1000);
  }
}

/** Whether two callbacks announce the same picture, as happens in some browsers. */
function isSame(one: VideoFrameCallbackMetadata, next: VideoFrameCallbackMetadata): boolean {
  if (one.rtpTimestamp !== undefined && next.rtpTimestamp !== undefined) return one.rtpTimestamp === next.rtpTimestamp;
  return one.presentedFrames === next.presentedFrames || (next.mediaTime > 0 && one.mediaTime === next.mediaTime);
}

/** The time from one picture to the next, in microseconds, where the browser reports it. Firefox leaves the media's time at 0. */
function stepOf(one: VideoFrameCallbackMetadata, next: VideoFrameCallbackMetadata): number | undefined {
  // 32 bits, which overflow after thirteen hours.
  if (one.rtpTimestamp !== undefined && next.rtpTimestamp !== undefined)
    return ((next.rtpTimestamp - one.rtpTimestamp) | 0) / RTP_TICKS_PER_US;
  return next.mediaTime > 0 ? (next.mediaTime - one.mediaTime) * 1e6 : undefined;
}
