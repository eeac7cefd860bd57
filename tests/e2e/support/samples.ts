import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/**
 * The samples of a file, which is written to this path, by ffprobe: the track of each, when it is decoded, whether it is a key
 * frame, and a hash of its bytes. Each track in its order.
 */
export function samplesOf(path: string, bytes: Buffer): string[] {
  writeFileSync(path, bytes);
  const entries = ['-show_entries', 'packet=stream_index,dts_time,data_hash,flags', '-of', 'compact=p=0'];
  const args = ['-v', 'error', '-show_data_hash', 'md5', ...entries, path];
  const { stdout, stderr } = spawnSync('ffprobe', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (stderr) throw new Error(`${path}: ${stderr}`);
  const trackOf = (sample: string) => Number(/stream_index=(\d+)/.exec(sample)![1]);
  return stdout
    .trim()
    .split('\n')
    .toSorted((a, b) => trackOf(a) - trackOf(b));
}
