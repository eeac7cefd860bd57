// A browser that can be killed, on a profile that outlives it.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { children, usage } from '../../bench/process-tree.mjs';
import { CHROMIUM } from '../../scripts/browser.mjs';

/**
 * Starts a browser on this profile. `kill` ends all its processes at one moment, and resolves when none is left, and all its output
 * was read.
 */
export async function launchMortal(profile, options = {}) {
  const before = new Set(children());
  const context = await chromium.launchPersistentContext(profile, { ...CHROMIUM, ...options });
  const browser = children().find((child) => !before.has(child));
  const kill = async () => {
    const closed = new Promise((resolve) => context.on('close', resolve));
    // The first process is killed first, so that it can't restart the others.
    const pids = [...usage(browser).keys()].sort((a, b) => Number(b === browser) - Number(a === browser));
    for (const pid of pids) end(pid);
    await closed;
    while (pids.some(isRunning)) await sleep(10);
  };
  return { context, kill };
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
    // A zombie has ended, and only waits for its exit status to be read.
    return !/\) Z /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}
