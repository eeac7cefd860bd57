const given = new Set<string>();

/**
 * A name for a file that is saved now, such as `recording-2026-11-22T14-03-27Z.mp4`: the time in UTC, to the second. A second call within
 * the same second gets `…Z-2.mp4`, so that this page never gives a name twice.
 */
export function fileName(now: Date = new Date()): string {
  const stem = `recording-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  for (let n = 1; ; n++) {
    const name = n === 1 ? `${stem}.mp4` : `${stem}-${n}.mp4`;
    if (given.has(name)) continue;
    given.add(name);
    return name;
  }
}

/**
 * Saves an exported recording as a download, as if the user had clicked a link to it.
 *
 * @param blob - what {@link Recorder.export} or {@link Reel.export} gave
 * @param name - the file's name; a fresh {@link fileName} if left out
 * @returns the name
 */
export function download(blob: Blob, name: string = fileName()): string {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the URL after the click has returned; the Blob itself costs no memory meanwhile.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}
