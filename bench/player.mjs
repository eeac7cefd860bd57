// How soon a reel is shown: live, after a seek back, and at first; beside other ways.
import { median, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

/** Each way to play a reel, and what it is. */
const WAYS = {
  player: 'by the player',
  file: 'as an exported file in a <video>',
  fragments: 'by fragments that are there already, appended where they are wanted',
  hls: 'by the same fragments, in memory, in hls.js',
  mediabunny: 'as an exported file that mediabunny decodes',
};
/** At how many times the speed all of it is played. */
const SPEED = 8;

/** The metrics of a recording of this many seconds at 720p, sought to this many times. */
export async function playing(url, { seconds, places }) {
  const { live, opened, buffered } = await withProfile((folder) =>
    inBrowser(folder, `${url}player.html`, async ({ call }) => {
      const live = await call('record', seconds);
      const times = Array.from({ length: places }, (_, i) => ((i * 0.618) % 1) * (live.duration - 1));
      const opened = {};
      for (const way of Object.keys(WAYS)) opened[way] = await call('seekAll', way, times);
      return { live, opened, buffered: await call('playAll', SPEED) };
    }),
  );
  const what = `${seconds} s at 720p`;
  const behind = (name, late, where) => ({
    name,
    value: rounded(median(late), 2),
    unit: 's',
    against: `what is painted at that moment, ${where}; at most ${rounded(Math.max(...late), 2)}, of ${late.length} pictures (${what})`,
  });
  const metrics = [
    behind('player_live_behind', live.late, 'in the page that records'),
    behind('player_live_behind_by_disk', live.lateElsewhere, 'from disk, as in another tab'),
    {
      name: 'player_buffered',
      value: rounded(buffered, 1),
      unit: 's',
      against: `at most, of ${what} at ${SPEED}× speed`,
    },
  ];
  for (const [way, { first, seeks }] of Object.entries(opened)) {
    metrics.push({
      name: `look_at_${way}`,
      value: rounded(median(seeks), 0),
      unit: 'ms',
      against: `${WAYS[way]}: worst ${rounded(Math.max(...seeks), 0)}, first picture ${rounded(first, 0)} (${places} places in ${what})`,
    });
  }
  return metrics;
}
