import type { Recorder } from 'trackreel';
import { element, setText } from './elements.js';
import type { Loopback } from './loopback/index.js';

/** The buttons, by what they do. */
export const buttons = {
  record: element('record', HTMLButtonElement),
  pause: element('pause', HTMLButtonElement),
  resume: element('resume', HTMLButtonElement),
  stop: element('stop', HTMLButtonElement),
  export: element('export', HTMLButtonElement),
  pauseSender: element('pause-sender', HTMLButtonElement),
  connection: element('connection', HTMLButtonElement),
};

/** The choice of the connection's codec. */
export const codecChoice = element('codec', HTMLSelectElement);

const indicator = element('indicator', HTMLElement);

const INDICATIONS: Record<Recorder['state'], string> = {
  inactive: 'Not recording',
  starting: 'Starting…',
  recording: 'Recording',
  paused: 'Paused',
  stopping: 'Stopping…',
};

/** What the controls depend on. */
export interface Situation {
  recorder: Recorder | undefined;
  loopback: Loopback | undefined;
  connecting: boolean;
  /** Whether the recorder has something that can be exported. */
  exportable: boolean;
}

let focusWanted = false;

/** Enables what can be used now, and says what is going on. */
export function showControls({ recorder, loopback, connecting, exportable }: Situation): void {
  const state = recorder?.state ?? 'inactive';
  const focused = document.activeElement;
  buttons.record.disabled = state !== 'inactive' || !loopback || recorder?.track.readyState !== 'live';
  buttons.pause.disabled = state !== 'recording';
  buttons.resume.disabled = state !== 'paused';
  buttons.stop.disabled = state !== 'recording' && state !== 'paused';
  buttons.export.disabled = !exportable;
  buttons.pauseSender.disabled = !loopback;
  buttons.pauseSender.setAttribute('aria-pressed', String(loopback?.senderPaused ?? false));
  buttons.connection.disabled = connecting;
  setText(buttons.connection, loopback ? 'Close the connection' : 'Reconnect');
  // Another codec means another connection, which would end the recording.
  codecChoice.disabled = connecting || state !== 'inactive';
  indicator.dataset['state'] = state;
  setText(indicator, INDICATIONS[state]);
  keepFocus(focused);
}

/** A button that is disabled when it is used would take the keyboard's place on the page with it. */
function keepFocus(focused: Element | null): void {
  focusWanted ||= focused instanceof HTMLButtonElement && focused.disabled;
  const lost = document.activeElement === document.body || document.activeElement === focused;
  if (!focusWanted || !lost) {
    focusWanted = false;
    return;
  }
  const next = [buttons.pause, buttons.resume, buttons.record].find((button) => !button.disabled);
  if (!next) return;
  next.focus({ preventScroll: true });
  focusWanted = false;
}
