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

  /** @param now - when the recording began, in milliseconds */
  constructor(kind: Happening, now: number) {
    this.#go(kind, now, now);
  }

  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** How long something has happened, in milliseconds. */
  total(kind: Happening): number {
    return this.#spans.reduce((sum, span) => (span.kind === kind ? sum + span.to - span.from : sum), 0);
  }

  /** What happens goes on until now. */
  extend(now: number): void {
    this.#spans.at(-1)!.to = now;
  }

  /** Something happens from now on. */
  change(kind: Happening, now: number): void {
    this.extend(now);
    this.#go(kind, now, now);
  }

  /** The picture has stood still for some time, which is found only afterwards. A pause within it stays one. */
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
