/** What a `<video>` made of a file. */
export interface Played {
  /** Where it ended, and how long it said that it was, in seconds. */
  end: number;
  duration: number;
  /** Its picture's size. */
  width: number;
  height: number;
}

/** Plays a file from its beginning to its end, at four times its pace. */
export async function play(blob: Blob): Promise<Played> {
  const video = document.createElement('video');
  video.muted = true;
  video.playbackRate = 4;
  video.src = URL.createObjectURL(blob);
  document.body.append(video);
  try {
    await new Promise<void>((resolve, reject) => {
      video.onended = () => resolve();
      video.onerror = () => reject(new Error(`it does not play: ${video.error?.code} ${video.error?.message}`));
      video.play().catch(reject);
    });
    const { currentTime: end, duration, videoWidth: width, videoHeight: height } = video;
    return { end, duration, width, height };
  } finally {
    URL.revokeObjectURL(video.src);
    video.remove();
  }
}
