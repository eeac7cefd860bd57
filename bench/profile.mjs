// A browser whose profile is on disk, as a user has it, and the process that renders its page.
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { CHROMIUM } from '../scripts/browser.mjs';
import { kept } from './memory.mjs';
import { children, usage } from './process-tree.mjs';

const FOLDER = 'target/bench-profiles';
/** How long a page works so that its process is recognised. */
const MARK_MS = 300;
const MARKS = 8;
/** Loading and connecting take a moment after the page is there. */
const SETTLE_MS = 300;

/** Has a profile's folder for as long as `use` takes. */
export async function withProfile(use) {
  await mkdir(FOLDER, { recursive: true });
  const folder = await mkdtemp(`${FOLDER}/`);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Starts a browser with this profile, opens a page, has `use` do something with it, and ends the browser. An uncaught
 * error in the page makes it fail.
 */
export async function inBrowser(folder, url, use) {
  const before = new Set(children());
  const args = [...CHROMIUM.args, '--js-flags=--expose-gc'];
  const context = await chromium.launchPersistentContext(folder, { ...CHROMIUM, args });
  const pid = children().find((child) => !before.has(child));
  const errors = [];
  try {
    const [page] = context.pages();
    page.on('pageerror', (error) => errors.push(error));
    page.on('crash', () => errors.push(new Error(`the page ${url} crashed`)));
    await page.goto(url);
    await sleep(SETTLE_MS);
    const renderer = await rendererOf(page, pid);
    let session;
    const result = await use({
      pid,
      renderer,
      pids: () => [...usage(pid).keys()],
      call: (name, ...args) => page.evaluate(([name, args]) => globalThis.bench[name](...args), [name, args]),
      kept: async () => kept(await (session ??= context.browser().newBrowserCDPSession()), renderer),
      hide: () => hide(page),
      collectGarbage: () => collectGarbage(page),
      takeBlob: (name) => takeBlob(page, name),
    });
    if (errors.length) throw errors[0];
    return result;
  } catch (error) {
    throw errors.length && errors[0] !== error ? new Error(`${errors[0].message}; then ${error.message}`) : error;
  } finally {
    await context.close();
  }
}

/** The bytes of a Blob that the page holds by this global name, which it then forgets. They do not pass through the page's process. */
async function takeBlob(page, name) {
  const session = await page.context().newCDPSession(page);
  try {
    const { result } = await session.send('Runtime.evaluate', { expression: `globalThis.${name}` });
    const { uuid } = await session.send('IO.resolveBlob', { objectId: result.objectId });
    const handle = `blob:${uuid}`;
    const parts = [];
    for (let isOver = false; !isOver;) {
      const { data, base64Encoded, eof } = await session.send('IO.read', { handle });
      parts.push(Buffer.from(data, base64Encoded ? 'base64' : 'utf8'));
      isOver = eof;
    }
    await session.send('IO.close', { handle });
    await page.evaluate((name) => delete globalThis[name], name);
    return Buffer.concat(parts);
  } finally {
    await session.detach();
  }
}

/** Of the processes that render pages, the one that works while this page does. */
async function rendererOf(page, root) {
  for (let time = 0; time < MARKS; time++) {
    const before = usage(root);
    await page.evaluate((ms) => {
      for (const end = performance.now() + ms; performance.now() < end;);
    }, MARK_MS);
    const worked = [...usage(root)]
      .filter(([pid]) => rendersPages(commandOf(pid)))
      .map(([pid, seconds]) => [seconds - (before.get(pid) ?? 0), pid]);
    worked.sort(([one], [other]) => other - one);
    const [[most, pid], [next] = [0]] = worked;
    // Other processes may work too, just after the start: then it is retried.
    if (most > 0 && next < most / 2) return pid;
  }
  throw new Error("the page's process is not recognised: another one worked as much, each time");
}

/** Not the browser's own surface, which is a page as well. */
function rendersPages(command) {
  return command.includes('--type=renderer') && !command.includes('--top-chrome-webui');
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
    throw error;
  }
}

/** Puts another tab in front of a page, which then has no focus either. */
async function hide(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  const front = await page.context().newPage();
  await front.bringToFront();
}

/** In the page and in its workers; twice, since what the first frees may hold more. */
async function collectGarbage(page) {
  for (let time = 0; time < 2; time++) {
    for (const place of [page, ...page.workers()]) {
      await place
        .evaluate(() => globalThis.gc())
        .catch((error) => {
          // A recording that ends meanwhile takes its worker along.
          if (place === page || !/closed/.test(error.message)) throw error;
        });
    }
    await sleep(SETTLE_MS);
  }
}
