import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A screen in memory, with a keyboard and a mouse. */
export interface Desktop {
  /** The options that a browser starts with to be on it, at the upper left. */
  readonly browser: object;
  /** Gives the keys to the window with this in its title, once it is there. */
  focus(title: string): void;
  press(key: string): void;
  type(text: string): void;
  click(x: number, y: number): void;
}

/** What is missing to have one. */
export function missingForDesktop(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return ['Xvfb', 'xdotool'].filter((command) => !folders.some((folder) => existsSync(join(folder, command))));
}

/** Has one for as long as `use` takes. */
export async function withDesktop(use: (desktop: Desktop) => Promise<void>): Promise<void> {
  // It takes the first number that is free, and writes it to file descriptor 3.
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  try {
    const number = await new Promise<string>((resolve, reject) => {
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
      server.stdio[3]!.once('data', (line) => resolve(String(line).trim()));
    });
    // The titles of windows are in the language of the environment.
    const env = { ...process.env, DISPLAY: `:${number}`, LANG: 'C.UTF-8', LANGUAGE: 'en', WAYLAND_DISPLAY: '' };
    const xdotool = (...args: string[]) =>
      void execFileSync('xdotool', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    await use({
      browser: { headless: false, env },
      focus: (title) => xdotool('search', '--sync', '--name', title, 'windowfocus', '--sync'),
      press: (key) => xdotool('key', key),
      type: (text) => xdotool('type', text),
      click: (x, y) => xdotool('mousemove', String(x), String(y), 'click', '1'),
    });
  } finally {
    server.kill();
  }
}
