import { errorOf, nameOf as describe } from './errors.js';

/** Where the last name is stored, in `localStorage`: other tabs and later sessions save into the same folder. */
const KEY = 'trackreel.lastFileName';

const EXTENSIONS: Record<string, string> = {
  'audio/mp4': 'm4a',
  'audio/webm': 'webm',
  'video/webm': 'webm',
  'text/vtt': 'vtt',
};

let last = { stem: '', count: 0 };

/**
 * Makes a name for a file that is saved now: the time in UTC, such as `recording-2026-11-22T14-03-27Z.mp4`.
 *
 * The next one within the same second is `…Z-2.mp4`, also in another tab or after a reload. No name is given twice in a row.
 *
 * @param now - the time; the present one if omitted
 * @param type - the file's MIME type: `audio/mp4` is `.m4a`, `audio/webm` is `.webm`, `text/vtt` is `.vtt`
 */
export function fileName(now: Date = new Date(), type = 'video/mp4'): string {
  const stem = `recording-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  last = remembered();
  last = { stem, count: last.stem === stem ? last.count + 1 : 1 };
  try {
    localStorage.setItem(KEY, JSON.stringify(last));
  } catch {
    // Where the browser gives no storage, names are distinct within this page.
  }
  const extension = EXTENSIONS[type] ?? 'mp4';
  return last.count === 1 ? `${stem}.${extension}` : `${stem}-${last.count}.${extension}`;
}

function remembered(): typeof last {
  try {
    const { stem, count } = JSON.parse(localStorage.getItem(KEY) ?? '');
    return { stem: String(stem), count: Number(count) || 0 };
  } catch {
    return last;
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
