import type { ErrorCode, StopReason, TrackreelError } from '../index.js';

/** Every word that `<trackreel-controls>` shows or announces. Times and sizes are texts, such as `1:02` and `3.4 MB`. */
export interface ControlsLabels {
  /** The name of the button group; announced only. */
  group: string;
  /** The button that starts a recording. */
  record: string;
  /** The same button during a recording. */
  stop: string;
  /** The button that pauses. */
  pause: string;
  /** The same button during a pause. */
  resume: string;
  /** The button that saves everything so far. */
  export: string;
  /** The name of the clock; announced only. */
  time: string;
  /** Announced when recording starts, and when it resumes. */
  recording: string;
  /** Announced at a pause. */
  paused: string;
  /** Announced when the picture is static and its repeats are dropped. */
  frozen: string;
  /** Announced when the disk is nearly full. */
  space: string;
  /**
   * Announced at the end of a recording.
   *
   * @param reason - why it ended
   * @param time - its length
   */
  stopped(reason: StopReason, time: string): string;
  /**
   * Announced when a file was saved.
   *
   * @param name - the file's name
   * @param size - its size
   */
  saved(name: string, size: string): string;
  /**
   * Announced when something failed: what happened, and what to do.
   *
   * @param error - the failure; its `code` is stable
   */
  error(error: TrackreelError): string;
}

/** The English words, for labels that {@link TrackreelControls.labels} does not set. */
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
  frozen: 'The picture is static',
  space: 'The disk is nearly full. Delete something, or stop and save.',
  stopped: (reason, time) => `${ENDINGS[reason]} ${time} recorded.`,
  saved: (name, size) => `Saved ${name}, ${size}.`,
  error: ({ code, message }) => WAYS_OUT[code] ?? `That failed: ${message}.`,
};

const ENDINGS: Record<StopReason, string> = {
  stopped: 'Stopped.',
  'track-ended': 'The video has ended.',
  limit: 'The recording has reached its maximum length.',
  error: 'The recording has ended.',
};

/** The other codes have a message of their own. */
const WAYS_OUT: Partial<Record<ErrorCode, string>> = {
  'invalid-source': 'There is no live video to record. Connect first, then try again.',
  disabled: 'Recording is switched off here.',
  'nothing-recorded': 'Nothing has been recorded yet. Record first, then save.',
  'no-such-reel': 'That recording was deleted. Start a new one.',
  unsupported: 'This browser can’t record this. Try a current Chrome, Edge, Firefox or Safari.',
  'encoder-lost': 'The encoder failed, and the recording ended. Save what came before, or record again.',
  quota: 'There is no room left on this device. Save the recording, free some space, then record again.',
  storage: 'The browser’s storage can’t be used. Leave private browsing or free some space, then try again.',
};
