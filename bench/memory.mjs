// The memory of processes: resident and at its peak, from /proc in Linux, and what a page keeps, from Chromium.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes resident now, and the most there were since the start or {@link forgetPeak}. */
export function residence(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) * 1024;
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}

const DUMP = 'disabled-by-default-memory-infra';
const NURSERIES = ['v8/main/heap/new_space', 'v8/workers/heap/new_space'];

/** How often a browser is asked on a busy machine, and how long it is left alone before, in milliseconds. */
const TIMES = 10;
const AGAIN_MS = 1000;

/**
 * Bytes that a process has to itself, without the young generations of V8: those grow with the rate at which a page throws things away,
 * for minutes, and hold nothing that is kept. The session is the browser's.
 */
export async function kept(session, pid) {
  for (let time = 0; time < TIMES; time++) {
    const bytes = await dumped(session, pid);
    if (bytes) return bytes;
    await sleep(AGAIN_MS);
  }
  throw new Error('the browser does not report what it keeps in memory');
}

/** The same, if all processes have reported it in time. */
async function dumped(session, pid) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  session.on('Tracing.dataCollected', collect);
  const traceConfig = { includedCategories: [DUMP], excludedCategories: ['*'], memoryDumpConfig: { triggers: [] } };
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig });
  const { success } = await session.send('Tracing.requestMemoryDump', { levelOfDetail: 'detailed' });
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  session.off('Tracing.dataCollected', collect);
  const dumps = events.filter((event) => event.pid === pid && event.args?.dumps).map(({ args }) => args.dumps);
  const [total] = dumps.flatMap(({ process_totals: totals }) => totals?.private_footprint_bytes ?? []);
  const nurseries = dumps.flatMap(({ allocators = {} }) =>
    NURSERIES.flatMap((name) => allocators[name]?.attrs.size.value ?? []),
  );
  if (!success || !total || nurseries.length < NURSERIES.length) return undefined;
  return nurseries.reduce((left, hex) => left - parseInt(hex, 16), parseInt(total, 16));
}

/** Resets the peak to what is resident now. */
export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/**
 * Bytes of all of them together without what is mapped from files, and what they share counted once; a process that ends
 * meanwhile counts nothing.
 */
export function ownTogether(pids) {
  let bytes = 0;
  for (const pid of pids) {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      for (const [, kilobytes] of rollup.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+) kB$/gm))
        bytes += Number(kilobytes) * 1024;
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  return bytes;
}

/**
 * Starts to measure how far processes grow. Returns a function for the most bytes that each has had more than at the start.
 */
export function samplePeaks(pids) {
  const before = new Map();
  for (const pid of pids) {
    forgetPeak(pid);
    before.set(pid, residence(pid).resident);
  }
  return () => new Map([...before].map(([pid, resident]) => [pid, Math.max(0, residence(pid).peak - resident)]));
}

/** The action's result, and the most bytes that the page's process, and all others of the browser, had more than before. */
export async function withPeaks(browser, action) {
  await browser.collectGarbage();
  const peaks = samplePeaks(browser.pids());
  const value = await action();
  const grown = peaks();
  const renderer = grown.get(browser.renderer);
  const others = [...grown.values()].reduce((sum, bytes) => sum + bytes, 0) - renderer;
  return { value, renderer, others };
}
