import { test as base, expect } from '@playwright/test';
import { launch as chromium } from './drivers/chromium.js';
import { launch as firefox } from './drivers/firefox.js';
import { launch as webkitgtk } from './drivers/webkitgtk.js';
import type { Engine, EngineName, Launch } from './engine.js';
import type { Stage } from './main.js';
import { Notes } from './notes.js';
import type { Sender } from './sender.js';

export { expect };

const LAUNCH: Record<EngineName, Launch> = { chromium, firefox: () => firefox(), webkitgtk: () => webkitgtk() };

/** Which engine a project runs in. */
export interface EngineOptions {
  engineName: EngineName;
}

declare global {
  var stage: Stage;
}

/** A test finds the engine at the page, with nothing on disk. It is restarted only after a failure. */
export const test = base.extend<{ engine: Engine; notes: Notes }, EngineOptions & { started: Engine }>({
  engineName: ['chromium', { option: true, scope: 'worker' }],
  started: [
    async ({ engineName }, use) => {
      const engine = await LAUNCH[engineName]();
      await use(engine);
      await engine.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  engine: async ({ started, notes }, use) => {
    await openStage(started);
    notes.fact('version', started.version);
    await use(started);
  },
  notes: async ({}, use, testInfo) => use(new Notes(testInfo)),
});

async function openStage(engine: Engine): Promise<void> {
  await engine.open(process.env.TRACKREEL_ENGINES!);
  await engine.evaluate(async () => {
    for (const reel of await stage.trackreel.reels.list()) await reel.delete();
  });
}

/** Connects the page to itself, and notes what the engine's build gives for that; through a tap if that is wanted. */
export async function connect(engine: Engine, notes: Notes, isTapped = false): Promise<Sender['kind'] | 'video'> {
  const source = await engine.evaluate((isTapped) => stage.connect(isTapped), isTapped);
  notes.fact('source', source);
  if (source === 'canvas')
    notes.lacks('`RTCPeerConnection` in this build: a canvas is recorded instead of a connection');
  // Firefox shows a page what it receives in a `<video>` alone.
  return source === 'webrtc' && engine.name === 'firefox' && !isTapped ? 'video' : source;
}
