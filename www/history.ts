/** What becomes of the video at a time. */
export type Happening = 'recorded' | 'paused' | 'still';

/** A time in which one thing happened, in milliseconds of the page's clock. */
export interface Span {
  kind: Happening;
  from: number;
  to: number;
}

/** What has happened since a recording began, in the order in which it did, without gaps. */
export class History {
  #spans: Span[] = [];
  readonly #isKept: (kind: Happening) => boolean;

  /**
   * @param now - when the recording began, in milliseconds
   * @param before - how much was recorded earlier, of a reel that is resumed, in milliseconds
   * @param keepsStill - whether the file has the time of a static picture
   */
  constructor(kind: Happening, now: number, before = 0, keepsStill = false) {
    this.#isKept = (kind) => kind === 'recorded' || (kind === 'still' && keepsStill);
    if (before > 0) this.#go('recorded', now - before, now);
    this.#go(kind, now, now);
  }

  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** How long something has happened, in milliseconds. */
  total(kind: Happening): number {
    return this.#spans.reduce((sum, span) => (span.kind === kind ? sum + span.to - span.from : sum), 0);
  }

  /** How much of it is in the file, in milliseconds. */
  get length(): number {
    return this.fileTime(Infinity);
  }

  /** Where in the file a time is, both in milliseconds: the moment of a cut, if it was cut. */
  fileTime(at: number): number {
    const kept = this.#spans.filter(({ kind }) => this.#isKept(kind));
    return kept.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, at) - from), 0);
  }

  /** When the picture at this time of the file was recorded, both in milliseconds. */
  timeOf(fileTime: number): number {
    let left = fileTime;
    for (const { kind, from, to } of this.#spans) {
      if (!this.#isKept(kind)) continue;
      if (left < to - from) return from + left;
      left -= to - from;
    }
    return this.#spans.at(-1)!.to;
  }

  /** Extends the last span to now. */
  extend(now: number): void {
    this.#spans.at(-1)!.to = now;
  }

  /** Begins another span now. */
  change(kind: Happening, now: number): void {
    this.extend(now);
    this.#go(kind, now, now);
  }

  /** The picture has been static for some time, which is detected only afterwards. A pause within that time stays one. */
  still(since: number, now: number): void {
    const pause = this.#spans.findLast(({ kind }) => kind === 'paused');
    const begin = Math.max(since, pause?.to ?? this.#spans[0]!.from);
    this.#spans = this.#spans.filter(({ from }) => from < begin);
    const last = this.#spans.at(-1);
    if (last) last.to = begin;
    this.#go('still', begin, now);
  }

  #go(kind: Happening, from: number, to: number): void {
    const last = this.#spans.at(-1);
    if (last?.kind === kind) last.to = to;
    else this.#spans.push({ kind, from, to });
  }
}
