/** What a `<video>` made of a file. */
export interface Played {
  /** Where it ended, and how long it said that it was, in seconds. */
  end: number;
  duration: number;
  /** Its picture's size. */
  width: number;
  height: number;
}

/** WebKitGTK's player has been seen to stall for minutes at four times the pace, and to play the same file the next time. */
const PATIENCE_MS = 30_000;

/** Plays a file from its beginning to its end, at four times its pace; once more at its own if the player stalls. */
export async function play(blob: Blob): Promise<Played> {
  const played = (await playAt(4, blob)) ?? (await playAt(1, blob));
  if (!played) throw new Error('it stalls');
  return played;
}

/** Gives nothing if it stalls. */
async function playAt(pace: number, blob: Blob): Promise<Played | undefined> {
  const video = document.createElement('video');
  video.muted = true;
  video.playbackRate = pace;
  video.src = URL.createObjectURL(blob);
  document.body.append(video);
  try {
    const hasEnded = await new Promise<boolean>((resolve, reject) => {
      video.onended = () => resolve(true);
      video.onerror = () => reject(new Error(`it does not play: ${video.error?.code} ${video.error?.message}`));
      video.play().catch(reject);
      setTimeout(() => resolve(false), PATIENCE_MS);
    });
    if (!hasEnded) return undefined;
    const { currentTime: end, duration, videoWidth: width, videoHeight: height } = video;
    return { end, duration, width, height };
  } finally {
    URL.revokeObjectURL(video.src);
    video.remove();
  }
}
