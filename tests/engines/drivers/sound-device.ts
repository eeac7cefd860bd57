import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A silent sound device, and the environment by which a browser finds it. */
export interface SoundDevice {
  readonly env: Record<string, string>;
  end(): void;
}

/** A browser with this finds no sound device, even where there is one. */
export const NO_SOUND_DEVICE: SoundDevice = { env: { PULSE_SERVER: 'unix:/dev/null' }, end() {} };

/** Starts a separate PulseAudio, with a null device that runs in real time. */
export async function startSoundDevice(): Promise<SoundDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'trackreel-sound-'));
  const socket = join(folder, 'native');
  const own = { HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder, PULSE_STATE_PATH: folder };
  const modules = [`module-native-protocol-unix socket=${socket} auth-anonymous=1`, 'module-null-sink'];
  const options = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'];
  const daemon = spawn('pulseaudio', [...options, ...modules.flatMap((module) => ['-L', module])], {
    env: { ...process.env, ...own },
    stdio: 'ignore',
  });
  const end = () => {
    process.off('exit', end);
    daemon.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  let failure: Error | undefined;
  daemon.once('error', (error) => (failure = error));
  daemon.once('exit', (code) => (failure ??= new Error(`pulseaudio ended with ${code}`)));
  while (!existsSync(socket) && !failure) await new Promise((wake) => setTimeout(wake, 20));
  if (failure) {
    end();
    throw failure;
  }
  return { env: { PULSE_SERVER: `unix:${socket}` }, end };
}
