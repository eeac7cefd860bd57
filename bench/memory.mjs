// The memory of processes, as Linux tells it in /proc: what is resident, and the most that was.
import { readFileSync, writeFileSync } from 'node:fs';

/** Bytes resident now, and the most there were since the start or {@link forgetPeak}. */
export function residence(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) * 1024;
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}

/** Lets the peak begin anew from what is resident now. */
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
 * Starts to measure how far some processes grow; what it gives tells by how many bytes each has at most exceeded what it had
 * at the start.
 */
export function watchPeaks(pids) {
  const before = new Map();
  for (const pid of pids) {
    forgetPeak(pid);
    before.set(pid, residence(pid).resident);
  }
  return () => new Map([...before].map(([pid, resident]) => [pid, Math.max(0, residence(pid).peak - resident)]));
}
