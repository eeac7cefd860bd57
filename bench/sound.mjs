// What recording the sound of a received stream costs: in Opus, by the AAC module, taken from the browser but not encoded, and not at all,
// in turn on one live stream.
import { openPage } from './browser.mjs';
import { order, phase } from './capture.mjs';
import { median, rounded } from './numbers.mjs';

/** The page plays the stream meanwhile, so that all of them receive and decode its sound. */
const CONTENDERS = ['silent', 'taken', 'opus', 'aac'];
/** Small pictures, so that sound is not lost in what they cost. */
const SOURCE = { name: 'sound', codec: 'VP8', width: 320, height: 180, fps: 15, sound: true };
const TAKEN = 'the same stream with its sound taken by a worker that does not encode it';
const SETTINGS = { fps: SOURCE.fps, bitrate: 300_000 };

/** The metrics over this many rounds of this many seconds for each contender. */
export async function soundCost(url, { rounds, seconds, connectMs, settleMs }) {
  const page = await openPage(url, SOURCE, connectMs);
  // Loads and compiles what is needed once. One round only shows that it works.
  for (const contender of rounds > 1 ? CONTENDERS : []) await phase(page, contender, SETTINGS, 1);
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const result = {};
    for (const contender of order(CONTENDERS, round)) {
      result[contender] = await phase(page, contender, SETTINGS, seconds, settleMs);
      const { cores, audioCodec, bytes } = result[contender];
      console.error(
        `sound round ${round + 1} ${contender.padEnd(6)} ${cores.toFixed(3)} cores; ${audioCodec}; ${bytes} B`,
      );
    }
    results.push(result);
  }
  await page.close();
  return [
    costOf('sound-cost', ['opus', 'silent'], 'the same stream without its sound'),
    costOf('sound-cost-encoding', ['opus', 'taken'], `${TAKEN}; the aim is at most 3`),
    costOf('sound-cost-aac-module', ['aac', 'silent'], 'the same stream without its sound'),
    costOf('sound-cost-aac-module-encoding', ['aac', 'taken'], TAKEN),
  ];

  /** Within a round, since the machine is faster now and slower then. */
  function costOf(name, [contender, peer], against) {
    const percents = results.map((result) => 100 * (result[contender].cores - result[peer].cores));
    const [least, most] = [Math.min(...percents), Math.max(...percents)].map((percent) => rounded(percent, 1));
    const cores = (which) => `${rounded(median(results.map((result) => result[which].cores)), 3)} cores`;
    const how = `${results[0][contender].audioCodec}, ${rounds} × ${seconds} s, which gave ${least} to ${most}`;
    return {
      name,
      value: rounded(median(percents), 1),
      unit: '% of a core',
      against: `${against}: ${cores(peer)}, with it: ${cores(contender)} (${how})`,
    };
  }
}
