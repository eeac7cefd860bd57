// The bitrates that the recorder aims for, by its own rule.
import { execFileSync } from 'node:child_process';

/** Bits per second of each quality, for a size and a rate in frames per second. */
export function bitratesOf({ width, height, fps }) {
  const args = ['run', '--locked', '--quiet', '--example', 'bitrates', '--', `${width}x${height}x${fps}`];
  const [low, medium, high] = execFileSync('cargo', args, { encoding: 'utf8' }).trim().split(' ').map(Number);
  return { low, medium, high };
}
