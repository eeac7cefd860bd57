/** A file as a `<video>` played it. */
export interface Played {
  /** Where it ended, and the duration that it reported, in seconds. */
  end: number;
  duration: number;
  /** Its picture's size. */
  width: number;
  height: number;
  /** How the engine reports that the player has sound; none where it reports none. */
  sound: string | undefined;
}

/** What engines report of a player's sound, each in its way. */
interface WithSound {
  /** Always 0 in WebKitGTK. */
  webkitAudioDecodedByteCount?: number;
  mozHasAudio?: boolean;
  audioTracks?: { length: number };
}

/** What a browser decodes of a file's sound. */
export interface Heard {
  channels: number;
  /** Its length in seconds. */
  length: number;
  /** When each beep begins, in seconds. */
  beeps: number[];
}

/** Decodes a file's sound as a page does that plays it with Web Audio. This needs no audio device. */
export async function hear(blob: Blob): Promise<Heard> {
  const context = new OfflineAudioContext(1, 1, 48_000);
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  const { numberOfChannels: channels, duration: length, sampleRate } = sound;
  const beeps: number[] = [];
  let last = -sampleRate;
  sound.getChannelData(0).forEach((sample, n) => {
    if (Math.abs(sample) < 0.1) return;
    if (n - last > sampleRate / 4) beeps.push(n / sampleRate);
    last = n;
  });
  return { channels, length, beeps };
}

/** WebKitGTK's player sometimes stalls for minutes at four times the pace, and then plays the same file the next time. */
const PATIENCE_MS = 30_000;

/** Plays a file from its beginning to its end, at four times its pace; once more at its own if the player stalls. */
export async function play(blob: Blob): Promise<Played> {
  const played = (await playAt(4, blob)) ?? (await playAt(1, blob));
  if (!played) throw new Error('it stalls');
  return played;
}

/** Returns nothing if it stalls. */
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
    return { end, duration, width, height, sound: soundOf(video as WithSound) };
  } finally {
    URL.revokeObjectURL(video.src);
    video.remove();
  }
}

function soundOf({ webkitAudioDecodedByteCount, mozHasAudio, audioTracks }: WithSound): string | undefined {
  if (webkitAudioDecodedByteCount) return 'decoded bytes';
  if (mozHasAudio) return 'mozHasAudio';
  return audioTracks?.length ? 'audioTracks' : undefined;
}
