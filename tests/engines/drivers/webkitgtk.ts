import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Builder, type WebDriver } from 'selenium-webdriver';
import type { Engine } from '../engine.js';

/** How long a function in the page may take, as long as a test. */
const PATIENCE_MS = 180_000;

/**
 * Debian's WebKitGTK in its own small browser, driven over WebDriver (https://www.w3.org/TR/webdriver2/), on a screen in memory.
 *
 * @param autoplay - what plays without a click: `allow-without-sound` is the browser's default
 */
export async function launch(autoplay: 'allow' | 'allow-without-sound' = 'allow'): Promise<Engine> {
  const started: ChildProcess[] = [];
  const end = () => started.forEach(({ pid }) => endGroup(pid));
  process.once('exit', end);
  try {
    const display = await startDisplay(started);
    const driver = await startDriver(started, display, autoplay);
    const capabilities = await driver.getCapabilities();
    await driver.manage().setTimeouts({ script: PATIENCE_MS });
    const own = await driver.getWindowHandle();
    let front = own;
    return {
      name: 'webkitgtk',
      version: `WebKitGTK ${capabilities.getBrowserVersion()}`,
      open: (url) => driver.get(url),
      evaluate: (<A, R>(run: (argument: A) => R, argument: A) => evaluate(driver, run, argument)) as Engine['evaluate'],
      reload: () => driver.navigate().refresh(),
      // A script that runs while its page leaves may get no answer, and all later commands wait for it.
      back: () => driver.navigate().back(),
      async hide() {
        await driver.switchTo().newWindow('tab');
        front = await driver.getWindowHandle();
        await driver.switchTo().window(own);
      },
      async show() {
        await driver.switchTo().window(front);
        await driver.close();
        await driver.switchTo().window(own);
      },
      click: () => driver.actions().move({ x: 1, y: 1 }).click().perform(),
      async close() {
        await driver.quit().catch(() => {});
        process.off('exit', end);
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** The browser that WebKitGTK brings for trials; where it lies differs by architecture and version. */
export function findMiniBrowser(): string | undefined {
  const folders = ['/usr/lib', ...readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`)];
  return ['webkit2gtk-4.1', 'webkit2gtk-4.0', 'webkitgtk-6.0']
    .flatMap((version) => folders.map((folder) => `${folder}/${version}/MiniBrowser`))
    .find((path) => existsSync(path));
}

/** Starts an X server that shows nothing, and returns its name once it listens. */
async function startDisplay(started: ChildProcess[]): Promise<string> {
  const screen = ['-screen', '0', '1280x1024x24', '-nolisten', 'tcp'];
  // It takes the first number that is free, and writes it to file descriptor 3.
  const xvfb = spawn('Xvfb', ['-displayfd', '3', ...screen], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
  started.push(xvfb);
  const number = await new Promise<string>((resolve, reject) => {
    xvfb.once('error', reject);
    xvfb.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    xvfb.stdio[3]!.once('data', (line) => resolve(String(line).trim()));
  });
  return `:${number}`;
}

async function startDriver(started: ChildProcess[], display: string, autoplay: string): Promise<WebDriver> {
  const port = await freePort();
  const env = { ...process.env, DISPLAY: display, WAYLAND_DISPLAY: '', GDK_BACKEND: 'x11' };
  const server = spawn('WebKitWebDriver', [`--port=${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
    detached: true,
  });
  started.push(server);
  const stderr = text(server.stderr);
  const ended = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', async () => reject(new Error(`WebKitWebDriver ended: ${await stderr}`)));
  });
  // Once the browser is there, its end shows by the commands that fail.
  ended.catch(() => {});
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([listening(url), ended]);
  const session = new Builder()
    .usingServer(url)
    .withCapabilities({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': {
        binary: process.env.MINIBROWSER ?? findMiniBrowser(),
        args: ['--automation', `--autoplay-policy=${autoplay}`, '--features=+MediaStreamTrackProcessing'],
      },
    })
    .build();
  return Promise.race([session, ended]);
}

async function listening(url: string): Promise<void> {
  for (;;) {
    const answers = await fetch(`${url}/status`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** WebDriver's scripts are bodies of functions; what they throw loses its stack, so it comes back as a value. */
async function evaluate<A, R>(driver: WebDriver, run: (argument: A) => R, argument: A): Promise<R> {
  const body = `
    const done = arguments[1];
    Promise.resolve(arguments[0]).then(${run.toString()}).then(
      (value) => done({ value }),
      (error) => done({ error: String(error), stack: String(error?.stack ?? '') }),
    );`;
  const { value, error, stack } = await driver.executeAsyncScript<{ value: R; error?: string; stack?: string }>(
    body,
    argument ?? null,
  );
  if (error !== undefined) throw new Error(`in the page: ${error}\n${stack}`);
  return value;
}

/** Ends a process with all that it started. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}
