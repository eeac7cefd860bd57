import { UnsupportedError } from '../index.js';
import type { StretchPart } from '../messages.js';

/** What is appended beside a part. */
interface Appended {
  /** Whether nothing before it is to stay. */
  isAlone: boolean;
  /** Before this time nothing is to stay, in seconds. */
  from: number;
  /** When the reel ends, in seconds. */
  end: number;
}

/** How long a source may take to open, in milliseconds. */
const OPENS_MS = 10_000;

/** The source of a `<video>` (Media Source Extensions), which has one part of a reel without a gap. */
export class Feed {
  private readonly source: MediaSource;
  private readonly buffer: SourceBuffer;
  private readonly address: string;
  private readonly video: HTMLVideoElement;
  private type: string;
  private isClosed = false;

  private constructor(video: HTMLVideoElement, source: MediaSource, address: string, type: string) {
    this.video = video;
    this.source = source;
    this.address = address;
    this.type = type;
    this.buffer = source.addSourceBuffer(type);
  }

  /**
   * Gives an element a source that takes this.
   *
   * @throws UnsupportedError if this browser can't play it
   */
  static async open(video: HTMLVideoElement, type: string): Promise<Feed> {
    const Source = sourceClass();
    if (!Source?.isTypeSupported(type)) {
      throw new UnsupportedError('unsupported', `this browser can't play ${type} as it comes`);
    }
    const source = new Source();
    // Safari gives its own kind of source only where no other screen takes over.
    if (!('MediaSource' in globalThis)) video.disableRemotePlayback = true;
    const address = URL.createObjectURL(source);
    video.src = address;
    await happens(source, 'sourceopen', OPENS_MS);
    return new Feed(video, source, address, type);
  }

  /** When what it has begins, in seconds. */
  get start(): number {
    return this.range(0);
  }

  /** When what it has ends, in seconds. */
  get end(): number {
    return this.range(1);
  }

  /** Whether what has this type can follow what it has: one with as many tracks. */
  takes(type: string): boolean {
    return !this.isClosed && tracksOf(type) === tracksOf(this.type);
  }

  /** Takes a part. */
  async append(part: StretchPart, { isAlone, from, end }: Appended): Promise<void> {
    const { buffer } = this;
    if (part.mimeType !== this.type) {
      buffer.changeType(part.mimeType);
      this.type = part.mimeType;
    }
    if (isAlone) await this.remove(0, Infinity);
    else if (part.fresh) await this.remove(part.from, Infinity);
    if (part.init) await this.put(part.init);
    await this.put(await part.data.arrayBuffer());
    await this.remove(0, from);
    const duration = Math.max(end, this.end);
    if (!this.isClosed && this.source.readyState === 'open' && this.source.duration !== duration) {
      this.source.duration = duration;
    }
  }

  /** Nothing follows what it has. */
  async finish(): Promise<void> {
    await this.isReady();
    if (!this.isClosed && this.source.readyState === 'open') this.source.endOfStream();
  }

  /** Takes it from its element. */
  close(): void {
    this.isClosed = true;
    URL.revokeObjectURL(this.address);
    if (this.video.src !== this.address) return;
    this.video.removeAttribute('src');
    this.video.load();
  }

  /** When it begins or ends, which is 0 if nothing is there. */
  private range(side: 0 | 1): number {
    if (this.isClosed) return 0;
    const { buffered } = this.buffer;
    if (!buffered.length) return 0;
    return side === 0 ? buffered.start(0) : buffered.end(buffered.length - 1);
  }

  private async put(bytes: BufferSource): Promise<void> {
    if (this.isClosed) return;
    try {
      this.buffer.appendBuffer(bytes);
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      // What was shown is nearly all that there can be.
      await this.remove(0, this.video.currentTime - 1);
      this.buffer.appendBuffer(bytes);
    }
    await this.isReady();
  }

  private async remove(from: number, to: number): Promise<void> {
    if (this.isClosed || to <= from || !this.buffer.buffered.length) return;
    if (to <= this.buffer.buffered.start(0) || from >= this.end) return;
    this.buffer.remove(from, to);
    await this.isReady();
  }

  private async isReady(): Promise<void> {
    while (!this.isClosed && this.buffer.updating) await happens(this.buffer, 'updateend', OPENS_MS);
  }
}

function sourceClass(): typeof MediaSource | undefined {
  const { MediaSource: Source, ManagedMediaSource: Managed } = globalThis as Partial<
    Record<'MediaSource' | 'ManagedMediaSource', typeof MediaSource>
  >;
  return Source ?? Managed;
}

/** How many tracks a type names. */
function tracksOf(type: string): number {
  return type.split(',').length;
}

/** Resolves when an event happens, or after some time. */
async function happens(target: EventTarget, type: string, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    target.addEventListener(type, () => resolve(), { once: true });
    setTimeout(resolve, ms);
  });
}
