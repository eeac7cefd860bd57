// A reel that is played for long while it is recorded, and then once more, faster: what the page keeps in memory.
import { line, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';
import { observe } from './soak.mjs';

/**
 * Records for this many seconds of the clock and has the player show it; what happens in each minute is in page/watching.js. Then it is
 * played in a loop for `replaySeconds` at `speed`: by the player, and by its fragments without one. From `warmUp` on, every
 * `sampleEvery` seconds it collects garbage and samples the memory.
 */
export async function watching(url, { seconds, replaySeconds, warmUp, sampleEvery, speed }) {
  const { live, reel, played } = await withProfile((folder) =>
    inBrowser(folder, `${url}watching.html`, async (browser) => {
      await browser.call('start');
      const live = await observe(browser, { seconds, warmUp, sampleEvery });
      const reel = await browser.call('stop');
      const played = {};
      for (const way of ['player', 'fragments']) {
        await browser.call('playAll', speed, way);
        const { points } = await observe(browser, {
          seconds: replaySeconds,
          warmUp: warmUp / 2,
          sampleEvery: sampleEvery / 4,
        });
        played[way] = { points, ...(await browser.call('played')) };
      }
      return { live, reel, played };
    }),
  );
  const happened = `${reel.pauses} pauses, ${reel.freezes} freezes, ${reel.seeksBack} seeks back`;
  const shown = `${seconds} s of the clock, of which ${rounded(reel.duration, 0)} s are in the reel; ${happened}`;
  const { player, fragments } = played;
  const bare = kept(fragments.points);
  return [
    metric('watching_live_memory', kept(live.points), `recorder and player, ${shown}`),
    metric(
      'watching_again_memory',
      kept(player.points),
      `${rounded(player.seconds, 0)} s played in ${replaySeconds} s; by its fragments without the player ${bare.slope} ± ${bare.error}: ${bare.samples}`,
    ),
    {
      name: 'watching_buffered',
      value: rounded(Math.max(reel.buffered, player.buffered), 1),
      unit: 's',
      against: `at most; ${rounded(reel.buffered, 1)} live, ${rounded(player.buffered, 1)} at ${speed}× speed`,
    },
  ];
}

/** How steeply the memory rises, in MB a minute, with its standard error, and each sample of the memory, in MB. */
function kept(points) {
  const { slope, error } = line(points.map(({ x, kept }) => ({ x, y: kept })));
  const samples = points.map(({ kept }) => rounded(kept, 1)).join(' ');
  return { slope: rounded(slope, 3), error: rounded(error, 3), samples };
}

function metric(name, { slope, error, samples }, what) {
  return {
    name,
    value: slope,
    unit: 'MB a minute',
    against: `0, with a standard error of ${error}; MB of the page's process: ${samples}; ${what}`,
  };
}
