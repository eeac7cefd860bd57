/**
 * Shows a reel in a `<video>`, while it is recorded or later: any part of it, without a file.
 *
 * @module trackreel/player
 */
import { OptionError, UnsupportedError, type Reel } from './index.js';
import { Feed } from './player/feed.js';
import type { Stretch } from './messages.js';

/** How a reel is shown. */
export interface PlayOptions {
  /**
   * Where it begins: a time in seconds, or `'live'` for what is recorded now.
   *
   * @defaultValue `'live'` while it is recorded, else 0
   */
  at?: number | 'live' | undefined;
  /** Ends it, as {@link Player.close} does. */
  signal?: AbortSignal | undefined;
}

/** How far behind what is there a person is who watches live, in seconds. */
const LIVE_S = 0.5;
/** From where on they are taken there, in seconds. */
const LATE_S = 1.2;
/** How much is there before it is shown, and how much is kept of what was, in seconds. */
const AHEAD_S = 10;
const BEHIND_S = 10;
/** How many parts are read beyond that for an element that waits: of a long freeze there is one picture, and a browser wants some. */
const MOST_BEYOND = 4;
/** How long to wait before more of a live reel is asked for, in milliseconds. */
const WAIT_MS = 250;
/** The same of a reel that is not recorded now. */
const IDLE_MS = 2000;
/** How often something is tried again, before it counts as failed. */
const ATTEMPTS = 3;

/**
 * A reel in a `<video>`. What the element can do, it does: `video.currentTime`, `pause()`, `playbackRate`, its `controls`. Times are
 * those of `video.currentTime`, in seconds.
 *
 * Events: `change`, when one of its values has changed; `error`, an `ErrorEvent`, when it has ended because of {@link Player.error}.
 */
export class Player extends EventTarget {
  /** Where it is shown. */
  readonly video: HTMLVideoElement;
  /** When what there is of the reel begins; later than 0 where only the end is kept. */
  start = 0;
  /** When what there is of the reel ends. */
  end = 0;
  /** Whether the reel is being recorded, here or in another tab. */
  live = false;
  /** Whether it follows what is recorded: until a person pauses it, goes back, or slows it. */
  following = false;
  /** Why it has ended; undefined unless it failed. */
  error: unknown;

  /** @internal */
  private readonly reel: Pick<Reel, 'stretch'>;
  /** @internal */
  private feed: Feed | undefined;
  /** Behind what it continues. @internal */
  private place: string | undefined;
  /** Where it was sent, until that is there. @internal */
  private target: number | undefined;
  /** How many parts were read beyond what is to be there. @internal */
  private beyond = 0;
  /** How often in a row something has failed. @internal */
  private failures = 0;
  /** Whether nothing followed when it was asked last. @internal */
  private isAll = false;
  /** Where this has sent the element. @internal */
  private moving: number | undefined;
  /** Whether the element is about to have another source. @internal */
  private isOpening = false;
  /** @internal */
  private isClosed = false;
  /** @internal */
  private wake = () => {};
  /** @internal */
  private readonly listening = new AbortController();

  /** Used by {@link play}. @internal */
  constructor(reel: Reel, video: HTMLVideoElement, options: PlayOptions) {
    super();
    this.reel = reel;
    this.video = video;
    const { at = reel.state === 'live' ? 'live' : 0, signal } = options;
    this.following = at === 'live';
    this.target = at === 'live' ? Number.MAX_VALUE : at;
    const { signal: until } = this.listening;
    const listen = (type: string, listener: () => void) => video.addEventListener(type, listener, { signal: until });
    listen('seeking', () => this.seeking());
    for (const type of ['pause', 'ratechange']) listen(type, () => this.leave(type));
    signal?.addEventListener('abort', () => this.close(), { signal: until });
  }

  /** How far behind the end of the reel it is, in seconds. */
  get delay(): number {
    return Math.max(0, this.end - this.video.currentTime);
  }

  /** Shows what is recorded now, and follows it. Of a reel that is not live, the end. */
  goLive(): void {
    this.following = true;
    this.target = Number.MAX_VALUE;
    const { edge } = this;
    if (edge !== undefined && this.delay < AHEAD_S) this.moveTo(edge);
    if (this.video.paused) void this.begin();
    this.changed();
    this.wake();
  }

  /** Ends it, and empties the element. The reel stays as it is. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listening.abort();
    this.feed?.close();
    this.wake();
  }

  /** Has the element play, unless the browser wants a click first. @internal */
  async begin(): Promise<void> {
    await this.video.play().catch(() => {});
  }

  /**
   * Shows what there is until it is closed. `isShown` is called once something of it is there.
   *
   * @internal
   */
  async run(isShown: () => void): Promise<void> {
    while (!this.isClosed) {
      try {
        const { target } = this;
        const isMore = await this.step();
        if (this.feed) isShown();
        this.failures = 0;
        const isSent = this.target !== undefined && this.target !== target;
        if (!isMore && !isSent && !this.isClosed) await this.pause();
      } catch (error) {
        if (this.isClosed) return;
        // A recording that ends gives its reel to the store in that moment.
        if (++this.failures === ATTEMPTS) throw error;
        this.place = undefined;
        this.target ??= this.video.currentTime;
        await this.pause();
      }
    }
  }

  /** Ends it for this reason. @internal */
  fail(error: unknown): void {
    if (this.isClosed) return;
    this.error = error;
    this.close();
    this.dispatchEvent(new ErrorEvent('error', { error, message: String(error) }));
  }

  /** Takes the next stretch, if one is wanted; gives whether another may be. @internal */
  private async step(): Promise<boolean> {
    const { feed, video, target } = this;
    if (video.error) throw new UnsupportedError('unsupported', `this browser can't decode it: ${video.error.message}`);
    const isEnough = target === undefined && feed !== undefined && feed.end - video.currentTime > AHEAD_S;
    const isWaiting = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && this.beyond < MOST_BEYOND;
    if (isEnough && !isWaiting) return false;
    this.beyond = isEnough ? this.beyond + 1 : 0;
    const isSent = target !== undefined;
    const answer = await this.reel.stretch(target ?? 0, isSent ? undefined : this.place);
    if (this.isClosed) return false;
    this.note(answer);
    const { part } = answer;
    this.isAll = !part;
    if (!part) {
      this.follow();
      if (!answer.live) await feed?.finish();
      return false;
    }
    // It was sent elsewhere meanwhile.
    if (this.target !== target) return true;
    if (!feed?.takes(part.mimeType)) await this.open(part.mimeType);
    if (this.isClosed) return false;
    await this.feed!.append(part, { isAlone: isSent, from: video.currentTime - BEHIND_S, end: answer.end });
    this.place = part.place;
    this.settle(target);
    this.follow();
    return true;
  }

  /** Notes what is known of the reel. @internal */
  private note({ start, end, live }: Stretch): void {
    if (this.start === start && this.end === end && this.live === live) return;
    Object.assign(this, { start, end, live });
    this.changed();
  }

  /** Goes where it was sent, now that it is there, and out of where nothing is any more. @internal */
  private settle(target: number | undefined): void {
    const { feed, video } = this;
    if (this.target === target) this.target = undefined;
    const { start, end } = feed!;
    const at = target ?? video.currentTime;
    const { edge } = this;
    if (target === Number.MAX_VALUE) this.moveTo(edge!);
    else if (at < start) this.moveTo(start);
    else if (at >= end) this.moveTo(Math.max(start, edge!));
    else if (Math.abs(video.currentTime - at) > 0.001) this.moveTo(at);
  }

  /** Where a person is who watches live; undefined if nothing is there. @internal */
  private get edge(): number | undefined {
    const { feed } = this;
    return feed && feed.end > feed.start ? Math.max(feed.start, feed.end - (this.live ? LIVE_S : 0.001)) : undefined;
  }

  /** Stays with what is recorded. @internal */
  private follow(): void {
    const { feed, video, edge } = this;
    if (!this.following || !this.live || video.paused || video.seeking || edge === undefined) return;
    if (feed!.end - video.currentTime > LATE_S) this.moveTo(edge);
  }

  /** @internal */
  private moveTo(time: number): void {
    this.moving = time;
    this.video.currentTime = time;
  }

  /** The element was sent somewhere. @internal */
  private seeking(): void {
    const { feed, video } = this;
    const { currentTime: time } = video;
    if (this.moving !== undefined && Math.abs(time - this.moving) < 0.001) {
      this.moving = undefined;
      return;
    }
    // By a person: near the end they want to be live.
    const was = this.following;
    this.following = this.live && this.end - time < LATE_S;
    if (was !== this.following) this.changed();
    this.target = feed && feed.start <= time && time < feed.end ? undefined : time;
    this.wake();
  }

  /** A person does not want to be live any more. @internal */
  private leave(type: string): void {
    if (!this.following || this.video.ended || (type === 'ratechange' && this.video.playbackRate >= 1)) return;
    // A source that is replaced pauses the element too.
    if (this.isOpening) return;
    this.following = false;
    this.changed();
  }

  /** Gives the element a source that takes this. @internal */
  private async open(mimeType: string): Promise<void> {
    const { video, feed } = this;
    const isPlaying = !video.paused;
    this.isOpening = true;
    const at = video.currentTime;
    feed?.close();
    this.feed = await Feed.open(video, mimeType);
    // It was closed meanwhile.
    if (this.isClosed) return this.feed.close();
    if (feed) this.moveTo(at);
    if (isPlaying) void this.begin();
    this.isOpening = false;
  }

  /** @internal */
  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  /** Waits until something may be wanted. @internal */
  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, this.live || this.failures > 0 || !this.isAll ? WAIT_MS : IDLE_MS);
    });
  }
}

/**
 * Shows a reel in a `<video>`: from this page or another tab, while it is recorded or later. Resolves when its first part is there, and plays
 * it; where the browser wants a click first, it is there and paused.
 *
 * ```ts
 * const player = await play(recorder.reel, video);
 * video.currentTime = 12; // look back
 * player.goLive();
 * ```
 *
 * Parts are read from the reel as they are needed, and about 20 s of it are in memory. What a recording cuts is cut here as well. A reel that
 * becomes a WebM has none.
 *
 * @param reel - such as `recorder.reel`, or one of `reels.list()`
 * @param video - the element, which it has until {@link Player.close}
 * @throws OptionError `invalid-option` if an argument is not valid
 * @throws UnsupportedError `unsupported` if this browser can't play it, or it becomes a WebM
 * @throws StateError `no-such-reel` if it was deleted
 * @throws StorageError `storage` if it can't be read
 */
export async function play(reel: Reel, video: HTMLVideoElement, options: PlayOptions = {}): Promise<Player> {
  check('reel', typeof reel?.stretch === 'function', 'a reel, such as recorder.reel');
  check('video', typeof video?.canPlayType === 'function', 'a <video>');
  check('options', typeof options === 'object' && options !== null, 'an object');
  const { at, signal } = options;
  const isTime = at === undefined || at === 'live' || (typeof at === 'number' && at >= 0 && at < Infinity);
  check('at', isTime, "'live' or a number of seconds, 0 or more");
  const isSignal = signal === undefined || typeof signal?.throwIfAborted === 'function';
  check('signal', isSignal, 'an AbortSignal');
  signal?.throwIfAborted();
  const player = new Player(reel, video, options);
  await new Promise<void>((resolve, reject) => {
    const end = (error: unknown) => {
      player.fail(error);
      reject(error);
    };
    player.run(resolve).then(resolve, end);
  });
  // It was closed before anything was there.
  signal?.throwIfAborted();
  await player.begin();
  return player;
}

function check(name: string, isValid: boolean, accepted: string): void {
  if (!isValid) throw new OptionError('invalid-option', `${name} must be ${accepted}`);
}
