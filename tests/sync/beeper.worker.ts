// Sends from another thread, so that a busy page moves neither flash nor beep.
import { beep } from './beeper.js';

addEventListener('message', async ({ data: { tracks, scenario, start, end } }) => {
  postMessage(await beep(tracks, scenario, start, end));
});
