import { entriesOf, optionsOf } from './option-entries.js';
import type { OptionEntry, PictureKind } from './messages.js';
import type { Duration } from './types.js';

/** As what a picture of a reel is wanted. */
export interface PictureOptions {
  /** Its width in pixels, from 1 to 8192; its height follows from its shape. By default it is as large as it was recorded. */
  width?: number;
  /** The type of the image; JPEG by default. */
  type?: 'image/jpeg' | 'image/png' | 'image/webp';
  /** How well a JPEG or a WebP is encoded, from 0 to 1; 0.8 by default. */
  quality?: number;
}

/** Which picture of a reel is wanted, and as what. */
export interface PosterOptions extends PictureOptions {
  /** When it is shown, in seconds from the reel's start or as a {@link Duration}; 0 by default. */
  at?: Duration;
}

/** A picture of a filmstrip. */
export interface FilmstripPicture {
  /** Where in the strip it is, in seconds from the reel's start. */
  time: number;
  /** The image. Neighbours that come from the same key frame have the same. */
  picture: Blob;
}

/** What is asked of the worker. @internal */
export interface PictureAsk {
  kind: PictureKind;
  options: OptionEntry[];
}

/** Asks for pictures of this kind; a strip has a count. @internal */
export function pictureAsk(kind: PictureKind, options: PosterOptions, count?: { count: unknown }): PictureAsk {
  return { kind, options: entriesOf({ ...optionsOf(options), ...count }) };
}
