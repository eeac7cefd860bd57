import type { Reel } from 'trackreel';

/** The width of a poster, in pixels. */
const WIDTH = 320;

/** What is enough of a reel to have its first picture in it. */
const FIRST = { to: 0.05 };

const posters = new Map<string, Promise<string | undefined>>();

/** The address of a reel's first picture, made once; none if the browser can't show it. */
export function posterOf(reel: Reel): Promise<string | undefined> {
  let poster = posters.get(reel.id);
  if (!poster) posters.set(reel.id, (poster = paint(reel).catch(() => undefined)));
  return poster;
}

/** Lets the poster of a deleted reel go. */
export async function dropPoster(id: string): Promise<void> {
  const poster = await posters.get(id);
  posters.delete(id);
  if (poster) URL.revokeObjectURL(poster);
}

async function paint(reel: Reel): Promise<string | undefined> {
  const movie = await reel.export(FIRST);
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  const source = URL.createObjectURL(movie);
  try {
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = reject;
      video.src = source;
    });
    const canvas = new OffscreenCanvas(WIDTH, Math.max(Math.round((WIDTH * video.videoHeight) / video.videoWidth), 1));
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
    return URL.createObjectURL(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 }));
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(source);
  }
}
