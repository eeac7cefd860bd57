import type { Recorder } from 'trackreel';
import { element, setText } from './elements.js';

const way = element('way', HTMLElement);

/** Why received frames are encoded, for a person. What is no key is of the bitstream, in the library's words. */
const REASONS: Record<string, string> = {
  codec: 'this kind of file can’t hold the received codec',
  freeze: 'this browser can’t find static pictures in received video',
  sound: 'the sound beside it comes another way',
  'max-fps': 'it is received faster than the frame rate cap',
  'too-late': 'the connection was tapped too late',
  'tap-lost': 'received frames can no longer be had',
};

/** Shows which way the frames of a recorder take into the file, as long as it is the recorder that is shown. */
export function followWay(recorder: Recorder, isShown: () => boolean): void {
  let reason = '';
  const show = () => isShown() && setText(way, wayText(recorder, reason));
  recorder.addEventListener('start', show);
  recorder.addEventListener('progress', show);
  recorder.addEventListener('stop', () => {
    reason = '';
    show();
  });
  recorder.addEventListener('source', ({ detail }) => {
    reason = detail.reason;
    show();
  });
  show();
}

function wayText({ state, progress }: Recorder, reason: string): string {
  if (state !== 'recording' && state !== 'paused') return '';
  if (progress.source === 'received') return 'Recorded as received';
  // Sound alone has no frames.
  if (progress.frames === 0) return '';
  return reason ? `Encoded: ${REASONS[reason] ?? reason}` : 'Encoded';
}
