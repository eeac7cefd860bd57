import type { Reel } from 'trackreel';

/** The width of a poster, in pixels. */
const WIDTH = 320;

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

async function paint(reel: Reel): Promise<string> {
  return URL.createObjectURL(await reel.poster({ width: WIDTH }));
}
