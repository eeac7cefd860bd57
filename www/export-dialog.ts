import {
  download,
  fileName,
  TrackreelError,
  type Container,
  type Duration,
  type ExportOptions,
  type Recorder,
  type Reel,
} from 'trackreel';
import { element, setText } from './elements.js';
import { clockTime, codecName, fileSize, pictureSize } from './format.js';
import { errorText } from './messages.js';

/** What can be exported: a reel, or a recorder that makes one. */
export type Exportable = Reel | Recorder;

type SavePicker = (options: object) => Promise<FileSystemFileHandle>;

const dialog = element('export-dialog', HTMLDialogElement);
const form = element('export-form', HTMLFormElement);
const preview = element('preview', HTMLVideoElement);
const curtain = element('preview-text', HTMLElement);
const bar = element('export-progress', HTMLProgressElement);
const lengthValue = element('export-length', HTMLElement);
const sizeValue = element('export-size', HTMLElement);
const pictureValue = element('export-picture', HTMLElement);
const soundValue = element('export-sound', HTMLElement);
const part = element('export-part', HTMLSelectElement);
const nameField = element('export-name', HTMLInputElement);
const status = element('export-status', HTMLElement);
const save = element('export-save', HTMLButtonElement);
const saveAs = element('export-save-as', HTMLButtonElement);
const close = element('export-close', HTMLButtonElement);

/** Chromium's alone, so far. */
const savePicker = () => (globalThis as { showSaveFilePicker?: SavePicker }).showSaveFilePicker;

let exported: Exportable | undefined;
let work: AbortController | undefined;
/** Where the browser has put the focus. While it is there, the user has not moved it. */
let focusedAtFirst: Element | null = null;
let onSaved: (name: string, bytes: number) => void = () => {};

/** Makes a file of a recording or a reel, shows it, and has the user save it. `saved` is called for each saved file. */
export async function openExport(what: Exportable, saved: typeof onSaved): Promise<void> {
  exported = what;
  onSaved = saved;
  part.value = '';
  nameField.value = newName();
  saveAs.hidden = !savePicker();
  dialog.showModal();
  focusedAtFirst = document.activeElement;
  await makePreview();
}

/** The options of an export. A preview asks for a part: a reel that was exported in full counts as saved, and may be removed. */
function optionsOf(isPreview: boolean): ExportOptions {
  if (part.value) return { last: part.value as Duration };
  return isPreview ? { from: 0 } : {};
}

/** Aborts the work in progress, which then shows nothing more, and begins another. The options are fixed while a file is written. */
function beginWork(text: string, isWriting: boolean): AbortSignal {
  work?.abort();
  work = new AbortController();
  bar.value = 0;
  setText(status, text);
  save.disabled = saveAs.disabled = true;
  part.disabled = nameField.disabled = isWriting;
  return work.signal;
}

function end(text: string, usable = true): void {
  bar.value = usable ? 1 : 0;
  setText(status, text);
  part.disabled = nameField.disabled = false;
  save.disabled = saveAs.disabled = !usable;
  const { activeElement } = document;
  if (usable && (activeElement === focusedAtFirst || activeElement === document.body)) save.focus();
}

/** Shows a failure, unless the work was aborted. A file picker that was closed is no error. */
function fail(error: unknown, { aborted }: AbortSignal): void {
  if (aborted) return;
  const isClosed = (error as Error).name === 'AbortError';
  end(isClosed ? 'Not saved.' : errorText(error), isClosed || isSavable(error));
}

/** Whether what could not be saved here may be saved elsewhere. */
const isSavable = (error: unknown) => !(error instanceof TrackreelError);

const onProgress = (done: number) => (bar.value = done);

/** Whether there are no pictures. */
const isSoundAlone = () => facts().codec === '';

/** What kind of file it becomes. */
function container(): Container {
  const reel = exported && 'reel' in exported ? exported.reel : exported;
  return reel?.container ?? 'mp4';
}

const typeOf = () => `${isSoundAlone() ? 'audio' : 'video'}/${container()}`;

/** When the recording began, as a name. */
function newName(): string {
  const reel = exported && 'reel' in exported ? exported.reel : exported;
  return fileName(reel?.createdAt, typeOf());
}

const extensionOf = () => (container() === 'webm' ? '.webm' : isSoundAlone() ? '.m4a' : '.mp4');

function wantedName(): string {
  const name = nameField.value.trim() || newName();
  const extension = extensionOf();
  return name.toLowerCase().endsWith(extension) ? name : `${name}${extension}`;
}

async function makePreview(): Promise<void> {
  setText(curtain, 'Making the file…');
  curtain.hidden = false;
  const signal = beginWork('Making the file…', false);
  try {
    const movie = await exported!.export({ ...optionsOf(true), onProgress, signal });
    drop();
    preview.src = URL.createObjectURL(movie);
    setText(lengthValue, clockTime(movie.end - movie.start));
    setText(sizeValue, fileSize(movie.size));
    const { width, height, codec, audioCodec } = facts();
    setText(pictureValue, codec ? `${pictureSize(width, height)} ${codecName(codec)}` : 'none');
    setText(soundValue, audioCodec ? codecName(audioCodec) : 'none');
    end(movie.missingSegments > 0 ? 'A part of this reel could not be read. The file does not have it.' : 'Ready.');
  } catch (error) {
    if (!signal.aborted) setText(curtain, 'No file');
    fail(error, signal);
  }
}

function facts(): { width: number; height: number; codec: string; audioCodec: string } {
  return exported && 'progress' in exported ? exported.progress : exported!;
}

/** Saves the current file: of a recording in progress, more than the preview shows. */
async function saveFile(): Promise<void> {
  const name = wantedName();
  const signal = beginWork('Making the file…', true);
  try {
    const movie = await exported!.export({ ...optionsOf(false), onProgress, signal });
    reportSaved(download(movie, name), movie.size);
  } catch (error) {
    fail(error, signal);
  }
}

async function saveInFolder(): Promise<void> {
  const reel = exported && 'reel' in exported ? exported.reel : exported;
  const kind = container() === 'webm' ? 'WebM' : 'MP4';
  const description = `${kind} ${isSoundAlone() ? 'sound' : 'video'}`;
  const types = [{ description, accept: { [typeOf()]: [extensionOf()] } }];
  const signal = beginWork('Writing the file…', true);
  try {
    const file = await savePicker()?.({ suggestedName: wantedName(), types });
    const stream = await reel?.stream({ ...optionsOf(false), onProgress, signal });
    if (!file || !stream) return end('Not saved.');
    await stream.pipeTo(await file.createWritable(), { signal });
    reportSaved(file.name, (await file.getFile()).size);
  } catch (error) {
    fail(error, signal);
  }
}

function reportSaved(name: string, bytes: number): void {
  end(`Saved ${name}, ${fileSize(bytes)}.`);
  onSaved(name, bytes);
}

function drop(): void {
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.removeAttribute('src');
  preview.load();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void saveFile();
});
saveAs.addEventListener('click', saveInFolder);
close.addEventListener('click', () => dialog.close());
part.addEventListener('change', makePreview);
preview.addEventListener('loadeddata', () => (curtain.hidden = true));
preview.addEventListener(
  'error',
  () => preview.src && setText(curtain, 'This browser can’t play it; the file is whole.'),
);
dialog.addEventListener('close', () => {
  work?.abort();
  drop();
  for (const value of [lengthValue, sizeValue, pictureValue, soundValue]) setText(value, '–');
});
