/**
 * The kind of a failure, as a stable word. The words stay; the messages may change.
 *
 * | code | class | what happened |
 * |---|---|---|
 * | `invalid-source` | {@link SourceError} | the source has no live track to record |
 * | `invalid-option` | {@link OptionError} | an option has a wrong name, type or value |
 * | `invalid-state` | {@link StateError} | the call does not fit the state of the recorder |
 * | `disabled` | {@link DisabledError} | recording is switched off by the option `enabled` or the environment |
 * | `nothing-recorded` | {@link StateError} | there is no frame to export, or none in the part asked for |
 * | `no-such-reel` | {@link StateError} | the reel was deleted |
 * | `unsupported` | {@link UnsupportedError} | this browser cannot record, or not with this codec |
 * | `encoder-lost` | {@link EncoderError} | the encoder and its replacements failed; what was encoded is kept |
 * | `quota` | {@link StorageError} | the origin's storage is full; what was recorded is kept |
 * | `storage` | {@link StorageError} | IndexedDB refused to open, read or write |
 * | `worker-lost` | {@link WorkerError} | the worker could not be loaded or crashed |
 * | `upload` | `UploadError` of `trackreel/upload` | a storage or the page's server refused an upload until no attempt was left |
 */
export type ErrorCode =
  | 'invalid-source'
  | 'invalid-option'
  | 'invalid-state'
  | 'disabled'
  | 'nothing-recorded'
  | 'no-such-reel'
  | 'unsupported'
  | 'encoder-lost'
  | 'quota'
  | 'storage'
  | 'worker-lost'
  | 'upload';

/**
 * The parent of every error that trackreel throws, rejects with, or reports in an `error` event.
 *
 * Its `cause` is the browser's exception behind it, where there was one: a `DOMException` with the name and the message that it had.
 */
export class TrackreelError extends Error {
  /** The kind of failure, as a stable word. */
  readonly code: ErrorCode;

  /**
   * Used by the package itself.
   *
   * @param code - see {@link ErrorCode}
   * @param message - what happened, for a developer
   * @param options - its `cause`, where there is one
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = KINDS[code][1];
    this.code = code;
  }
}

/** The source has no live track to record. */
export class SourceError extends TrackreelError {}

/** An option has a wrong name, type or value; the message names it and says what is accepted. */
export class OptionError extends TrackreelError {}

/** The call does not fit the state: started twice, exported before the first frame, a reel that is gone. */
export class StateError extends TrackreelError {}

/** Recording is switched off, by the option `enabled` or a variable of the environment. */
export class DisabledError extends TrackreelError {}

/** This browser lacks something that recording needs; the message names it. */
export class UnsupportedError extends TrackreelError {}

/** The encoder and its replacements failed. What was encoded before is kept and can be exported. */
export class EncoderError extends TrackreelError {}

/** IndexedDB refused to open, read or write. What was stored before is kept and can be exported. */
export class StorageError extends TrackreelError {}

/** The worker that records could not be loaded, or crashed. What was stored before is kept. */
export class WorkerError extends TrackreelError {}

/** Named here as well: whatever packs a page renames its classes. */
const KINDS = {
  'invalid-source': [SourceError, 'SourceError'],
  'invalid-option': [OptionError, 'OptionError'],
  'invalid-state': [StateError, 'StateError'],
  disabled: [DisabledError, 'DisabledError'],
  'nothing-recorded': [StateError, 'StateError'],
  'no-such-reel': [StateError, 'StateError'],
  unsupported: [UnsupportedError, 'UnsupportedError'],
  'encoder-lost': [EncoderError, 'EncoderError'],
  quota: [StorageError, 'StorageError'],
  storage: [StorageError, 'StorageError'],
  'worker-lost': [WorkerError, 'WorkerError'],
  // Its class is in the part that uploads.
  upload: [TrackreelError, 'UploadError'],
} as const satisfies Record<ErrorCode, [typeof TrackreelError, string]>;

/** The error of the right class for a code. @internal */
export function errorOf(code: ErrorCode, message: string, options?: ErrorOptions): TrackreelError {
  const [Kind] = KINDS[code];
  return new Kind(code, message, options);
}

/** The error that a worker has reported. @internal */
export function errorFrom({ code, message, cause }: PlainError): TrackreelError {
  return errorOf(code, message, cause && { cause: new DOMException(cause.message, cause.name) });
}

/** What a value is called in an error. @internal */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`;
}

/** An error on its way through `postMessage`. @internal */
export interface PlainError {
  code: ErrorCode;
  message: string;
  /** The browser's exception behind it. */
  cause?: { name: string; message: string } | undefined;
}
