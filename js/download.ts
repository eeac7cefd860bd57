import { errorOf, nameOf as describe } from './errors.js';

/** Where the last names are stored, in `localStorage`: other tabs and later sessions save into the same folder. */
const KEY = 'trackreel.fileNames';

/** How many of them are stored. */
const STORED = 100;

const EXTENSIONS: Record<string, string> = {
  'audio/mp4': 'm4a',
  'audio/webm': 'webm',
  'video/webm': 'webm',
  'text/vtt': 'vtt',
};

/** How often each name was given, the last one at the end. */
let names: [name: string, times: number][] = [];

/**
 * Makes a name for a file: when the recording began, in local time, such as `recording-2026-11-22T14-03-27.mp4`.
 *
 * The next file of this second is `…27-2.mp4`, also in another tab or after a reload. The last 100 names are not given again.
 *
 * @param time - when the recording began; the present time if omitted
 * @param type - the file's MIME type: `audio/mp4` is `.m4a`, `audio/webm` is `.webm`, `text/vtt` is `.vtt`
 */
export function fileName(time: Date = new Date(), type = 'video/mp4'): string {
  // A time that was damaged on disk must not make an export fail.
  if (Number.isNaN(time.getTime())) time = new Date();
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  const stem = `recording-${local.toISOString().slice(0, 19).replaceAll(':', '-')}`;
  const extension = EXTENSIONS[type] ?? 'mp4';
  const name = `${stem}.${extension}`;
  names = stored();
  const times = 1 + (names.find(([one]) => one === name)?.[1] ?? 0);
  names = [...names.filter(([one]) => one !== name), [name, times] as (typeof names)[number]].slice(-STORED);
  try {
    localStorage.setItem(KEY, JSON.stringify(names));
  } catch {
    // Where the browser gives no storage, names are distinct within this page.
  }
  return times === 1 ? name : `${stem}-${times}.${extension}`;
}

function stored(): typeof names {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '') as typeof names;
    return list.map(([name, times]) => [String(name), Number(times) || 0]);
  } catch {
    return names;
  }
}

/**
 * Saves an exported recording as a download, as if the user had clicked a link to it.
 *
 * @param blob - the result of {@link Recorder.export} or {@link Reel.export}
 * @param name - the file's name; that of the file if omitted, or of another Blob a new {@link fileName}
 * @returns the name
 * @throws OptionError `invalid-option` if there is no Blob
 */
export function download(blob: Blob, name?: string): string {
  if (!(blob instanceof Blob)) {
    throw errorOf('invalid-option', `download() takes a File or a Blob, as export() gives, not ${describe(blob)}`);
  }
  name ??= nameOf(blob);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the URL after the click has returned; the Blob itself costs no memory meanwhile.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}

function nameOf(blob: Blob): string {
  return ('name' in blob && String(blob.name)) || fileName(undefined, blob.type);
}
