import type { ErrorCode, StopReason, TrackreelError } from '../index.js';

/** Every word that `<trackreel-controls>` shows or has read out. Times and sizes come written, such as `1:02` and `3.4 MB`. */
export interface ControlsLabels {
  /** What the buttons are for, as a group; read out only. */
  group: string;
  /** The button that begins a recording. */
  record: string;
  /** The same button while one is on. */
  stop: string;
  /** The button that leaves frames out. */
  pause: string;
  /** The same button while they are left out. */
  resume: string;
  /** The button that saves all so far. */
  export: string;
  /** What the clock shows; read out only. */
  time: string;
  /** Said when recording begins, and when it goes on. */
  recording: string;
  /** Said at a pause. */
  paused: string;
  /** Said when the sender repeats one picture, and frames are left out for it. */
  frozen: string;
  /** Said when the disk is nearly full. */
  space: string;
  /**
   * Said at the end of a recording.
   *
   * @param reason - why it ended
   * @param time - how long it is
   */
  stopped(reason: StopReason, time: string): string;
  /**
   * Said when a file was saved.
   *
   * @param name - the file's name
   * @param size - its size
   */
  saved(name: string, size: string): string;
  /**
   * Said when something failed: what, and the way out.
   *
   * @param error - what failed; its `code` tells failures apart
   */
  error(error: TrackreelError): string;
}

/** In English; what {@link TrackreelControls.labels} does not give anew. */
export const LABELS: Readonly<ControlsLabels> = {
  group: 'Recording',
  record: 'Record',
  stop: 'Stop',
  pause: 'Pause',
  resume: 'Resume',
  export: 'Save',
  time: 'Recorded',
  recording: 'Recording',
  paused: 'Paused',
  frozen: 'The picture stands still',
  space: 'The disk is nearly full. Delete something, or stop and save.',
  stopped: (reason, time) => `${ENDINGS[reason]} ${time} recorded.`,
  saved: (name, size) => `Saved ${name}, ${size}.`,
  error: ({ code, message }) => WAYS_OUT[code] ?? `That failed: ${message}.`,
};

const ENDINGS: Record<StopReason, string> = {
  stopped: 'Stopped.',
  'track-ended': 'The video has ended.',
  limit: 'The longest length is reached.',
  error: 'The recording has ended.',
};

/** Of the others their own message tells most. */
const WAYS_OUT: Partial<Record<ErrorCode, string>> = {
  'invalid-source': 'There is no live video to record. Connect first, then try again.',
  disabled: 'Recording is switched off here.',
  'nothing-recorded': 'Nothing has been recorded yet. Record first, then save.',
  'no-such-reel': 'That recording has been deleted. Begin a new one.',
  unsupported: 'This browser can’t record this. Try a current Chrome, Edge, Firefox or Safari.',
  'encoder-lost': 'The encoder failed, and the recording ended. Save what came before, or record anew.',
  quota: 'There is no room left on this device. Save the recording, free some space, then record again.',
  storage: 'The browser’s storage can’t be used. Leave private browsing or free some space, then try again.',
};
