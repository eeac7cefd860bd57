/** The most characters of words. */
const LONGEST = 1000;

/**
 * Calls back with the words that a track shows, now if there are some, when they change, and when a recording starts or another follows; with
 * none when there are none any more.
 *
 * @param recording - reports `start` and `progress`
 * @returns ends it
 */
export function shownBy(track: TextTrack, recording: EventTarget, show: (text: string) => void): () => void {
  // No cue of a disabled one is ever active.
  if (track.mode === 'disabled') track.mode = 'hidden';
  let shown = '';
  const update = () => {
    const text = textOf(track.activeCues);
    if (text !== shown) show((shown = text));
  };
  const begin = () => {
    shown = '';
    update();
  };
  track.addEventListener('cuechange', update);
  // Chromium reports no change for a cue that is removed.
  recording.addEventListener('progress', update);
  recording.addEventListener('start', begin);
  begin();
  return () => {
    track.removeEventListener('cuechange', update);
    recording.removeEventListener('progress', update);
    recording.removeEventListener('start', begin);
    if (shown) show('');
  };
}

/** The words of cues, without markup. */
function textOf(cues: TextTrackCueList | null): string {
  const words = Array.from(cues ?? [], (cue) => (cue as VTTCue).getCueAsHTML?.().textContent?.trim() ?? '');
  const text = words.filter((line) => line).join('\n');
  return Array.from(text).slice(0, LONGEST).join('');
}
