import { setText } from './elements.js';
import { pictureSize } from './format.js';

/** Shows once a second what is being received: codec, picture size, and frames per second. */
export function showReceived(video: HTMLVideoElement, caption: Element, codec: () => string | undefined): void {
  let shown = 0;
  // Firefox counts the frames of a stream nowhere else. Where no counter exists, no rate is shown.
  const count: VideoFrameRequestCallback = (_, { presentedFrames }) => {
    shown = presentedFrames;
    video.requestVideoFrameCallback?.(count);
  };
  video.requestVideoFrameCallback?.(count);
  let before = 0;
  let since = performance.now();
  setInterval(() => {
    const now = performance.now();
    const rate = Math.round(((shown - before) * 1000) / (now - since));
    before = shown;
    since = now;
    const name = codec();
    if (!name) setText(caption, 'Nothing is being received');
    else if (!(video.srcObject as MediaStream | null)?.getVideoTracks().length)
      setText(caption, `${name} · sound alone`);
    else if (video.videoWidth === 0) setText(caption, `${name} · waiting for the first frame`);
    // A new connection counts from 0.
    else {
      const fps = shown > 0 ? ` · ${Math.max(rate, 0)} fps` : '';
      setText(caption, `${name} · ${pictureSize(video.videoWidth, video.videoHeight)}${fps}`);
    }
  }, 1000);
}
