import type { Recorder } from 'trackreel';
import { element, setText } from './elements.js';

/** The buttons, by what they do. */
export const buttons = {
  record: element('record', HTMLButtonElement),
  pause: element('pause', HTMLButtonElement),
  resume: element('resume', HTMLButtonElement),
  stop: element('stop', HTMLButtonElement),
  export: element('export', HTMLButtonElement),
};

/** The choice of what becomes of a static picture. */
export const freezeChoice = element('freeze', HTMLSelectElement);

/** The choice of what kind of file is made. */
export const containerChoice = element('container', HTMLSelectElement);

/** Whether frames of a connection are recorded as they are received, where that can be. */
export const keepReceived = element('keep-received', HTMLInputElement);

const indicator = element('indicator', HTMLElement);

const INDICATIONS: Record<Recorder['state'], string> = {
  inactive: 'Not recording',
  starting: 'Starting…',
  recording: 'Recording',
  paused: 'Paused',
  stopping: 'Stopping…',
};

/** The status while the picture is static, and its frames are dropped. */
const FROZEN: Record<string, string> = {
  cut: 'Static picture: cut',
  hold: 'Static picture: held',
};

/** What the controls depend on. */
export interface Situation {
  recorder: Recorder | undefined;
  /** Whether there is something to record. */
  hasSource: boolean;
  /** Whether the recorder has something that can be exported. */
  exportable: boolean;
}

let used: HTMLButtonElement | undefined;

/** Enables what can be used now, and shows the state. */
export function showControls({ recorder, hasSource, exportable }: Situation): void {
  const state = recorder?.state ?? 'inactive';
  const focused = document.activeElement;
  buttons.record.disabled = state !== 'inactive' || !hasSource || recorder?.track.readyState !== 'live';
  buttons.pause.disabled = state !== 'recording';
  buttons.resume.disabled = state !== 'paused';
  buttons.stop.disabled = state !== 'recording' && state !== 'paused';
  buttons.export.disabled = !exportable;
  freezeChoice.disabled = containerChoice.disabled = keepReceived.disabled = state !== 'inactive';
  const frozen = state === 'recording' && recorder?.progress.frozen ? FROZEN[freezeChoice.value] : undefined;
  indicator.dataset['state'] = frozen ? 'frozen' : state;
  setText(indicator, frozen ?? INDICATIONS[state]);
  keepFocus(focused);
}

/**
 * A button that is disabled while it is in use would take the keyboard's place on the page with it: the focus goes back to
 * it, or on to the button that follows from it, as soon as that can be used.
 */
function keepFocus(focused: Element | null): void {
  if (focused instanceof HTMLButtonElement && focused.disabled) used = focused;
  if (!used) return;
  const next = [used, buttons.pause, buttons.resume, buttons.record].find((button) => !button.disabled);
  const movedOn = document.activeElement !== document.body && document.activeElement !== used;
  if (!movedOn) next?.focus({ preventScroll: true });
  if (movedOn || next) used = undefined;
}
