import { TrackreelError } from '../index.js';

/** An upload that failed after all attempts. Its `cause` is the last failure. The reel stays, and another call continues. */
export class UploadError extends TrackreelError {
  /** The status that the storage answered, or that the error of a function of the page had; undefined if there was none. */
  readonly status: number | undefined;
  /** The number of the part that failed; undefined if it was `begin` or `complete`. */
  readonly part: number | undefined;

  /** Used by the package itself. */
  constructor(message: string, status: number | undefined, part: number | undefined, cause?: unknown) {
    super('upload', message, { cause });
    this.status = status;
    this.part = part;
  }
}
