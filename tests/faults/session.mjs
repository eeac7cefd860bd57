// A browser on a profile that outlives it.
import { setTimeout as sleep } from 'node:timers/promises';
import { launchMortal } from './mortal.mjs';

/** The first frame comes within a second, but on a machine that is very busy. */
const ARRIVAL_MS = 30_000;

export class Session {
  /** The counters of all frames that arrived, in their order. */
  arrived = [];
  #context;
  #page;
  #kill;

  /** Starts a browser and opens the page in it. */
  static async open(profile, url) {
    const session = new Session();
    const { context, kill } = await launchMortal(profile);
    [session.#context, session.#kill] = [context, kill];
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

  /** Connects the page to itself; resolves when frames arrive. `received` is the codec to be kept as received. */
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

  /** Kills it; resolves when all its output was read. */
  kill() {
    return this.#kill();
  }

  /** Closes the browser. */
  close() {
    return this.#context.close();
  }

  #hear(text) {
    const counter = /^arrived (\d+)$/.exec(text)?.[1];
    if (counter) this.arrived.push(Number(counter));
    else console.error(`page: ${text}`);
  }
}
