// A browser on a profile that outlives it.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { children, usage } from '../../bench/process-tree.mjs';
import { CHROMIUM } from '../../scripts/browser.mjs';

/** The first frame comes within a second, but on a machine that is very busy. */
const ARRIVAL_MS = 30_000;

export class Session {
  /** The counters of all frames that arrived, in their order. */
  arrived = [];
  #context;
  #page;
  #pid;

  /** Starts a browser and opens the page in it. */
  static async open(profile, url) {
    const session = new Session();
    const before = new Set(children());
    session.#context = await chromium.launchPersistentContext(profile, CHROMIUM);
    session.#pid = children().find((child) => !before.has(child));
    session.#page = session.#context.pages()[0] ?? (await session.#context.newPage());
    session.#page.on('console', (message) => session.#hear(message.text()));
    session.#page.on('pageerror', (error) => console.error(`page: ${error}`));
    await session.#page.goto(url);
    await session.#page.waitForFunction(() => globalThis.faults);
    return session;
  }

  /** Asks something of the page. */
  ask(what, ...how) {
    return this.#page.evaluate(([what, how]) => globalThis.faults[what](...how), [what, how]);
  }

  /** Connects the page to itself; resolves when frames arrive. `received` is what is to be kept as it comes. */
  async connect(received) {
    await this.ask('connect', received);
    const deadline = performance.now() + ARRIVAL_MS;
    while (this.arrived.length === 0) {
      if (performance.now() > deadline) throw new Error('the page is connected, and no frame arrives');
      await sleep(20);
    }
  }

  /** Removes what the site has stored, in one of the ways of `CLEARED`. */
  async clear(how) {
    if (how === 'erased') return this.ask('erase');
    const { origin } = new URL(this.#page.url());
    const session = await this.#context.newCDPSession(this.#page);
    if (how === 'cleared') return session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    await session.send('IndexedDB.enable');
    return session.send('IndexedDB.deleteDatabase', { securityOrigin: origin, databaseName: 'trackreel' });
  }

  /** Kills every process of the browser at one moment; resolves when none is left, and all that it said was heard. */
  async kill() {
    const closed = new Promise((resolve) => this.#context.on('close', resolve));
    // The first process goes first, so that it can't make up for the others.
    const pids = [...usage(this.#pid).keys()].sort((a, b) => Number(b === this.#pid) - Number(a === this.#pid));
    for (const pid of pids) end(pid);
    await closed;
    while (pids.some(isRunning)) await sleep(10);
  }

  /** Ends the browser in peace. */
  close() {
    return this.#context.close();
  }

  #hear(text) {
    const counter = /^arrived (\d+)$/.exec(text)?.[1];
    if (counter) this.arrived.push(Number(counter));
    else console.error(`page: ${text}`);
  }
}

function end(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function isRunning(pid) {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return false;
  try {
    // A zombie has ended, and only waits for somebody to ask how.
    return !/\) Z /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}
