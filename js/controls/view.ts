import type { RecordingStatus } from '../session.js';
import { clockTime, fileSize } from './format.js';
import type { ControlsLabels } from './labels.js';
import { styles } from './styles.js';

/** What a press asks for. */
export interface ControlHandlers {
  record(): void;
  pause(): void;
  export(): void;
}

/** Outlines in a box of 16 by 16. */
const ICONS = {
  record: 'M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z',
  stop: 'M3 3h10v10H3z',
  pause: 'M3 2h4v12H3zM9 2h4v12H9z',
  resume: 'M3 2l11 6-11 6z',
  export: 'M7 1h2v7h3l-4 4.5L4 8h3zM2 13h12v2H2z',
};

/** What is in the shadow of the element. It is made once; afterwards only what differs is written. */
export class ControlsView {
  readonly #group = make('div', 'controls', 'group');
  readonly #record = new Button('record');
  readonly #pause = new Button('pause');
  readonly #export = new Button('export');
  readonly #time = make('span', 'time', 'timer');
  readonly #size = make('span', 'size');
  readonly #status = make('p', 'status', 'status');
  readonly #error = make('p', 'error', 'alert');

  constructor(root: ShadowRoot, handlers: ControlHandlers) {
    root.adoptedStyleSheets = [styles()];
    const buttons = make('div', 'buttons');
    buttons.append(this.#record.element, this.#pause.element, this.#export.element);
    const figures = make('div', 'figures');
    figures.append(this.#time, this.#size);
    this.#group.append(buttons, figures, this.#status, this.#error);
    root.append(this.#group);
    this.#record.onPress = handlers.record;
    this.#pause.onPress = handlers.pause;
    this.#export.onPress = handlers.export;
  }

  /** Says, once, in a place that is read out. */
  say(text: string): void {
    setText(this.#status, text);
  }

  /** @param usable - whether there is something to record, and whether all is switched off */
  render(status: RecordingStatus, labels: ControlsLabels, usable: { hasSource: boolean; disabled: boolean }): void {
    const { state, bytes, error } = status;
    const { hasSource, disabled } = usable;
    const isOn = state === 'recording' || state === 'paused';
    const isPaused = state === 'paused';
    setAttribute(this.#group, 'part', `controls ${state}`);
    setAttribute(this.#group, 'aria-label', labels.group);
    this.#record.show(isOn ? 'stop' : 'record', labels[isOn ? 'stop' : 'record']);
    this.#record.enable(isOn || (state === 'inactive' && hasSource), disabled);
    this.#pause.show(isPaused ? 'resume' : 'pause', labels[isPaused ? 'resume' : 'pause']);
    this.#pause.enable(isOn, disabled);
    this.#export.show('export', labels.export);
    this.#export.enable(bytes > 0, disabled);
    setAttribute(this.#time, 'aria-label', labels.time);
    setText(this.#time, clockTime(status.duration));
    setText(this.#size, fileSize(status.bytes));
    setText(this.#error, error ? labels.error(error) : '');
  }
}

/** One that changes what it does keeps the keyboard's place, and so does one that can't be used for a moment. */
class Button {
  readonly element: HTMLButtonElement;
  readonly #icon = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  readonly #text = document.createElement('span');
  onPress = () => {};

  constructor(part: string) {
    this.element = make('button', `button ${part}`);
    this.element.type = 'button';
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    setAttribute(svg, 'part', 'icon');
    setAttribute(svg, 'viewBox', '0 0 16 16');
    setAttribute(svg, 'aria-hidden', 'true');
    svg.append(this.#icon);
    this.element.append(svg, this.#text);
    this.element.addEventListener('click', () => {
      if (this.element.ariaDisabled !== 'true') this.onPress();
    });
  }

  show(icon: keyof typeof ICONS, text: string): void {
    setAttribute(this.#icon, 'd', ICONS[icon]);
    setText(this.#text, text);
  }

  enable(usable: boolean, disabled: boolean): void {
    setAttribute(this.element, 'aria-disabled', String(!usable));
    if (this.element.disabled !== disabled) this.element.disabled = disabled;
  }
}

function make<T extends keyof HTMLElementTagNameMap>(tag: T, part: string, role?: string): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  setAttribute(element, 'part', part);
  if (role) setAttribute(element, 'role', role);
  return element;
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
