// The processor time of a process and all its descendants, from /proc in Linux.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Every process: who started it, and the seconds it has used, user and system, of all its threads. */
function processes() {
  const all = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    let stat;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      continue; // It has ended meanwhile.
    }
    // The command, in parentheses, may hold anything; the fields after it are counted from 3 in proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (number) => Number(fields[number - 3]);
    all.set(Number(name), { parent: field(4), seconds: (field(14) + field(15)) / TICKS_PER_SECOND });
  }
  return all;
}

/** The processes that this one has started itself. */
export function children() {
  return [...processes()].filter(([, { parent }]) => parent === process.pid).map(([pid]) => pid);
}

/** Processor seconds so far of each process of the tree. */
export function usage(root) {
  const all = processes();
  const tree = new Map();
  for (const [pid, { seconds }] of all) {
    let ancestor = pid;
    while (ancestor > 1 && ancestor !== root) ancestor = all.get(ancestor)?.parent ?? 0;
    if (ancestor === root) tree.set(pid, seconds);
  }
  return tree;
}

/** Processor seconds between two of {@link usage}; a process that began in between counts from 0. */
export function used(before, after) {
  let seconds = 0;
  for (const [pid, now] of after) seconds += now - (before.get(pid) ?? 0);
  return seconds;
}
