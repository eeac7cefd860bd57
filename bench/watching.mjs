// A reel that somebody watches for long while it is recorded, and then once more, faster: what the page keeps in memory.
import { line, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';
import { observe } from './soak.mjs';

/**
 * Records for this many seconds of the clock and has the player show it; what happens in each minute is in page/watching.js. Then all of it
 * is played at `speed`. From `warmUp` on, every `lookEvery` it looks at the memory that is held when garbage is collected.
 */
export async function watching(url, { seconds, warmUp, lookEvery, speed }) {
  const run = await withProfile((folder) =>
    inBrowser(folder, `${url}watching.html`, async (browser) => {
      await browser.call('start');
      const live = await observe(browser, { seconds, warmUp, lookEvery });
      const reel = await browser.call('stop');
      await browser.call('playAll', speed);
      const looks = { warmUp: warmUp / speed, lookEvery: lookEvery / speed };
      const again = await observe(browser, { seconds: reel.duration / speed - 1, ...looks });
      return { live, reel, again, played: await browser.call('played') };
    }),
  );
  const { reel, played } = run;
  const kept = (points) => {
    const { slope, error } = line(points.map(({ x, kept }) => ({ x, y: kept })));
    const looks = points.map(({ kept }) => rounded(kept, 1)).join(' ');
    return {
      value: rounded(slope, 3),
      unit: 'MB a minute',
      against: `0, with a standard error of ${rounded(error, 3)}; MB of the page's process at each of ${points.length} looks: ${looks}`,
    };
  };
  const live = kept(run.live.points);
  const happened = `${reel.pauses} pauses, ${reel.freezes} freezes, ${reel.looksBack} looks back`;
  const shown = `${seconds} s of the clock, of which ${rounded(reel.duration, 0)} s are in the reel; ${happened}`;
  return [
    { name: 'watching_live_memory', ...live, against: `${live.against}; recorder and player, ${shown}` },
    { name: 'watching_again_memory', ...kept(run.again.points) },
    {
      name: 'watching_buffered',
      value: rounded(Math.max(reel.buffered, played.buffered), 1),
      unit: 's',
      against: `at most; ${rounded(reel.buffered, 1)} live, ${rounded(played.buffered, 1)} at ${speed}× speed, which came to ${rounded(played.time, 0)} s`,
    },
  ];
}
