import { download, fileName, type ExportOptions, type Movie, type Recorder, type Reel } from 'trackreel';
import { element, onClick, setText } from './elements.js';
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
/** Where the browser has put the focus: nobody has moved it since, while it is there. */
let focusedAtFirst: Element | null = null;
let onSaved: (name: string, bytes: number) => void = () => {};

/** Makes a file of what is given, shows it, and has the user save it. `saved` is told of every file that was. */
export async function openExport(what: Exportable, saved: typeof onSaved): Promise<void> {
  exported = what;
  onSaved = saved;
  part.value = '';
  nameField.value = fileName();
  saveAs.hidden = !savePicker();
  dialog.showModal();
  focusedAtFirst = document.activeElement;
  await makePreview();
}

/** All of what is asked for. A preview is no export in full yet, after which the reel of an earlier visit may be removed. */
function optionsOf(isPreview: boolean): ExportOptions {
  if (part.value) return { last: part.value };
  return isPreview ? { from: 0, to: Number.MAX_SAFE_INTEGER / 1e6 } : {};
}

async function makePreview(): Promise<void> {
  begin('Making the file…');
  setText(curtain, 'Making the file…');
  curtain.hidden = false;
  const movie = await exportNow(optionsOf(true));
  if (!movie) return;
  drop();
  preview.src = URL.createObjectURL(movie);
  setText(lengthValue, clockTime(movie.end - movie.start));
  setText(sizeValue, fileSize(movie.size));
  const { width, height, codec } = facts();
  setText(pictureValue, `${pictureSize(width, height)} ${codecName(codec)}`);
  end(movie.damaged > 0 ? 'The disk has lost a part of this reel; the file leaves it out.' : 'Ready.');
}

function facts(): { width: number; height: number; codec: string } {
  return exported && 'progress' in exported ? exported.progress : exported!;
}

async function exportNow(options: ExportOptions): Promise<Movie | undefined> {
  work?.abort();
  const { signal } = (work = new AbortController());
  try {
    return await exported?.export({ ...options, signal, onProgress: (done) => (bar.value = done) });
  } catch (error) {
    if (signal.aborted) return undefined;
    setText(curtain, 'No file');
    end(errorText(error), false);
    return undefined;
  }
}

function begin(text: string): void {
  bar.value = 0;
  setText(status, text);
  save.disabled = saveAs.disabled = true;
}

function end(text: string, usable = true): void {
  bar.value = usable ? 1 : 0;
  setText(status, text);
  save.disabled = saveAs.disabled = !usable;
  const { activeElement } = document;
  if (usable && (activeElement === focusedAtFirst || activeElement === document.body)) save.focus();
}

function wantedName(): string {
  const name = nameField.value.trim();
  return /\.mp4$/i.test(name) ? name : `${name}.mp4`;
}

/** Saves what is there now: of a recording that goes on, more than the preview shows. */
async function saveFile(): Promise<void> {
  begin('Making the file…');
  const movie = await exportNow(optionsOf(false));
  if (movie) told(download(movie, wantedName()), movie.size);
}

async function saveInFolder(): Promise<void> {
  const types = [{ description: 'MP4 video', accept: { 'video/mp4': ['.mp4'] } }];
  const file = await savePicker()?.({ suggestedName: wantedName(), types });
  if (!file) return;
  begin('Writing the file…');
  const movie = await exportNow(optionsOf(false));
  if (!movie) return;
  const { signal } = (work = new AbortController());
  let written = 0;
  const meter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(bytes, controller) {
      controller.enqueue(bytes);
      bar.value = (written += bytes.length) / movie.size;
    },
  });
  await movie
    .stream()
    .pipeThrough(meter)
    .pipeTo(await file.createWritable(), { signal });
  told(file.name, movie.size);
}

function told(name: string, bytes: number): void {
  end(`Saved ${name}, ${fileSize(bytes)}.`);
  onSaved(name, bytes);
}

/** A file picker that was closed is no error. */
const fail = (error: unknown) => {
  if ((error as Error).name === 'AbortError') return end('Not saved.');
  end(errorText(error));
};

function drop(): void {
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.removeAttribute('src');
  preview.load();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  saveFile().catch(fail);
});
onClick(saveAs, saveInFolder, fail);
onClick(close, () => dialog.close(), fail);
part.addEventListener('change', () => makePreview().catch(fail));
preview.addEventListener('loadeddata', () => (curtain.hidden = true));
preview.addEventListener(
  'error',
  () => preview.src && setText(curtain, 'This browser can’t play it; the file is whole.'),
);
dialog.addEventListener('close', () => {
  work?.abort();
  drop();
  for (const value of [lengthValue, sizeValue, pictureValue]) setText(value, '–');
});
