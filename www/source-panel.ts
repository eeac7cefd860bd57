import { keepReceived } from './controls.js';
import { element, onClick, setText } from './elements.js';
import {
  canConnect,
  codecLabel,
  CODECS,
  startLoopback,
  type ConnectionCodec,
  type Loopback,
} from './loopback/index.js';
import { showSound } from './listen.js';
import { showError, showStatus, waysOut } from './messages.js';
import type { Parameters } from './parameters.js';
import { openCamera } from './sources/camera.js';
import { openMicrophone } from './sources/microphone.js';
import { openScreen } from './sources/screen.js';
import type { Source, SourceKind } from './sources/source.js';
import { openWhep } from './sources/whep.js';

const video = element('video', HTMLVideoElement);
const curtain = element('curtain', HTMLElement);
const kindChoice = element('source', HTMLSelectElement);
const codecChoice = element('codec', HTMLSelectElement);
const pauseSender = element('pause-sender', HTMLButtonElement);
const connection = element('connection', HTMLButtonElement);
const withMicrophone = element('with-microphone', HTMLInputElement);
const withScreenSound = element('with-screen-sound', HTMLInputElement);
const whepForm = element('whep', HTMLFormElement);
const whepUrl = element('whep-url', HTMLInputElement);
const whepToken = element('whep-token', HTMLInputElement);

/** The texts of the button that opens or closes a source, and of the status while there is none. */
const WORDS: Record<SourceKind, { open: string; close: string; none: string }> = {
  scene: { open: 'Reconnect', close: 'Close the connection', none: 'No connection' },
  camera: { open: 'Start the camera', close: 'Stop the camera', none: 'The camera is off' },
  screen: { open: 'Choose a screen', close: 'Stop sharing', none: 'No screen is shared' },
  microphone: { open: 'Start the microphone', close: 'Stop the microphone', none: 'The microphone is off' },
  whep: { open: 'Connect', close: 'Close the connection', none: 'No connection' },
};

/** The choice of a source, and the source that is open. */
export class SourcePanel {
  /** The open source. */
  source: Source | undefined;
  readonly #parameters: Parameters;
  readonly #onChange: (source: Source | undefined) => void;
  /** Counts the requests: the result of an outdated one is closed. */
  #attempt = 0;
  #opening = false;
  #recording = false;

  /** @param onChange - called when a source is opened or closed, or is about to be */
  constructor(parameters: Parameters, onChange: (source: Source | undefined) => void) {
    this.#parameters = parameters;
    this.#onChange = onChange;
    const { options, source, whep } = parameters;
    for (const codec of CODECS) {
      const option = new Option(codecLabel(codec), codec);
      option.disabled = !canConnect(codec);
      codecChoice.add(option);
    }
    codecChoice.value = options.codec;
    kindChoice.value = source;
    whepUrl.value = whep;
    video.style.aspectRatio = `${options.width} / ${options.height}`;
    // Sound alone shows nothing.
    video.addEventListener('loadeddata', () => (curtain.hidden = this.#kind !== 'microphone'));
    if (source !== 'scene') setText(curtain, WORDS[source].none);
    this.#listen();
    this.render(false);
  }

  /** The page's connection to itself, if it is open. */
  get loopback(): Loopback | undefined {
    return this.source && 'pauseSender' in this.source ? (this.source as Loopback) : undefined;
  }

  /** Opens the chosen source. A failure is shown to the user; success is too, unless it is quiet. */
  async open(quiet = false): Promise<void> {
    this.close();
    const attempt = this.#attempt;
    this.#opening = true;
    setText(curtain, 'Connecting…');
    this.#changed();
    try {
      const source = await this.#openChosen();
      if (attempt !== this.#attempt) return source.close();
      this.source = source;
      video.srcObject = source.stream;
      showSound(source.stream);
      if (this.#kind === 'microphone') setText(curtain, 'Sound alone');
      if (!quiet) showStatus('Connected.');
    } catch (error) {
      if (attempt !== this.#attempt) return;
      setText(curtain, WORDS[this.#kind].none);
      showError(error);
    }
    this.#opening = false;
    this.#changed();
  }

  /** Closes the open source, or aborts the opening of one. */
  close(): void {
    this.#attempt++;
    this.#opening = false;
    this.source?.close();
    this.source = undefined;
    video.srcObject = null;
    showSound(undefined);
    setText(curtain, WORDS[this.#kind].none);
    curtain.hidden = false;
    this.#changed();
  }

  /** Shows what can be done now: while it is recorded, a source can be closed but not replaced. */
  render(recording: boolean): void {
    this.#recording = recording;
    const { source, loopback } = this;
    const busy = this.#opening || recording;
    kindChoice.disabled = codecChoice.disabled = whepUrl.disabled = whepToken.disabled = busy;
    withMicrophone.disabled = withScreenSound.disabled = busy;
    pauseSender.disabled = !loopback;
    pauseSender.setAttribute('aria-pressed', String(loopback?.senderPaused ?? false));
    // A recording whose source is closed is still writing its end.
    connection.disabled = recording && !source;
    setText(connection, this.#opening ? 'Cancel' : WORDS[this.#kind][source ? 'close' : 'open']);
    for (const part of document.querySelectorAll<HTMLElement>('[data-source]')) {
      part.hidden = part.dataset['source'] !== this.#kind;
    }
  }

  get #kind(): SourceKind {
    return kindChoice.value as SourceKind;
  }

  #openChosen(): Promise<Source> {
    const attempt = this.#attempt;
    const onLost = (why: string) => {
      if (attempt !== this.#attempt) return;
      this.close();
      showError(why);
    };
    switch (this.#kind) {
      case 'scene':
        return startLoopback({
          ...this.#parameters.options,
          codec: codecChoice.value as ConnectionCodec,
          tap: keepReceived.checked,
        });
      case 'camera':
        return openCamera(withMicrophone.checked, onLost);
      case 'screen':
        return openScreen(withScreenSound.checked, onLost);
      case 'microphone':
        return openMicrophone(onLost);
      case 'whep':
        return openWhep({ url: whepUrl.value.trim(), token: whepToken.value.trim() }, onLost);
    }
  }

  #listen(): void {
    const open = () => this.open();
    waysOut.reconnect = open;
    onClick(connection, () => (this.source || this.#opening ? this.close() : open()), showError);
    onClick(pauseSender, () => this.#toggleSender(), showError);
    whepForm.addEventListener('submit', (event) => {
      event.preventDefault();
      void open();
    });
    codecChoice.addEventListener('change', () => this.source && open());
    // A connection is tapped when it is made.
    keepReceived.addEventListener('change', () => this.loopback && open());
    // The others ask the user for something, who has to press the button for it.
    kindChoice.addEventListener('change', () => {
      this.close();
      if (this.#kind === 'scene') void open();
    });
  }

  #toggleSender(): void {
    const { loopback } = this;
    if (loopback?.senderPaused) loopback.resumeSender();
    else loopback?.pauseSender();
    this.render(this.#recording);
  }

  #changed(): void {
    this.#onChange(this.source);
    this.render(this.#recording);
  }
}
