import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, openLab, test } from './support/fixtures.js';

/** Samples a second of what ffmpeg decodes here. */
const RATE = 48_000;
/** Farther than this from its picture, in seconds, sound is at another place: a machine that is busy moves it less. */
const APART_S = 0.15;

/** When each beep begins, in seconds, and the length of the sound. */
function beepsOf(path: string): { beeps: number[]; length: number } {
  const options = ['-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 28 });
  expect(String(stderr)).toBe('');
  const samples = new Float32Array(stdout.buffer, stdout.byteOffset, stdout.length / 4);
  const beeps: number[] = [];
  let last = -RATE;
  samples.forEach((sample, n) => {
    if (Math.abs(sample) < 0.1) return;
    if (n - last > RATE / 4) beeps.push(n / RATE);
    last = n;
  });
  return { beeps, length: samples.length / RATE };
}

/** When each flash begins, in seconds. */
function flashesOf(path: string): number[] {
  const show = [
    '-v',
    'info',
    '-i',
    path,
    '-an',
    '-vf',
    'scale=16:16,signalstats,metadata=print:key=lavfi.signalstats.YAVG',
    '-f',
    'null',
    '-',
  ];
  const { stderr } = spawnSync('ffmpeg', show, { maxBuffer: 2 ** 28 });
  const flashes: number[] = [];
  let time = 0;
  let was = false;
  for (const line of String(stderr).split('\n')) {
    const at = /pts_time:([\d.]+)/.exec(line);
    if (at) time = Number(at[1]);
    const bright = /YAVG=([\d.]+)/.exec(line);
    if (!bright) continue;
    const is = Number(bright[1]) > 128;
    if (is && !was) flashes.push(time);
    was = is;
  }
  return flashes;
}

for (const way of ['local', 'received'] as const) {
  test(`the sound of a ${way} stream is in the file, beside its pictures`, async ({ page }, info) => {
    await openLab(page);
    const file = await page.evaluate(async (way) => {
      const video = new MediaStreamTrackGenerator({ kind: 'video' });
      const audio = new MediaStreamTrackGenerator({ kind: 'audio' });
      const [pictures, sounds] = [video.writable.getWriter(), audio.writable.getWriter()];
      const canvas = new OffscreenCanvas(320, 240);
      const context = canvas.getContext('2d')!;
      let [frames, blocks, isOver] = [0, 0, false];
      const send = async () => {
        const began = performance.now();
        while (!isOver) {
          const now = performance.now() - began;
          for (; blocks * 10 <= now; blocks++) {
            const isLoud = (blocks * 10) % 1000 < 100;
            const wave = (_: unknown, n: number) =>
              isLoud ? 0.5 * Math.sin((2 * Math.PI * 1000 * (n + blocks * 480)) / 48_000) : 0;
            void sounds.write(
              new AudioData({
                format: 'f32-planar',
                sampleRate: 48_000,
                numberOfFrames: 480,
                numberOfChannels: 1,
                timestamp: (began + blocks * 10) * 1000,
                data: Float32Array.from({ length: 480 }, wave),
              }),
            );
          }
          for (; frames * 40 <= now; frames++) {
            context.fillStyle = (frames * 40) % 1000 < 100 ? '#fff' : '#000';
            context.fillRect(0, 0, 320, 240);
            context.fillStyle = '#888';
            context.fillRect((frames * 7) % 300, 100, 20, 20);
            void pictures.write(new VideoFrame(canvas, { timestamp: (began + frames * 40) * 1000 }));
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const sent = new MediaStream([video, audio]);
      const received = async () => {
        const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
        sender.onicecandidate = ({ candidate }) => void (candidate && receiver.addIceCandidate(candidate));
        receiver.onicecandidate = ({ candidate }) => void (candidate && sender.addIceCandidate(candidate));
        for (const track of sent.getTracks()) sender.addTrack(track, sent);
        const stream = new Promise<MediaStream>(
          (resolve) => (receiver.ontrack = ({ streams }) => resolve(streams[0]!)),
        );
        await sender.setLocalDescription();
        await receiver.setRemoteDescription(sender.localDescription!);
        await receiver.setLocalDescription();
        await sender.setRemoteDescription(receiver.localDescription!);
        return stream;
      };
      const recorder = new lab.trackreel.Recorder(way === 'local' ? sent : await received());
      await recorder.start();
      const sending = send();
      await lab.reached(recorder, ({ time }) => time > 4);
      recorder.pause();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      recorder.resume();
      await lab.reached(recorder, ({ time }) => time > 8);
      const during = await lab.base64(await recorder.export());
      await recorder.stop();
      const all = await lab.base64(await recorder.export());
      const part = await lab.base64(await recorder.export({ last: '3s' }));
      isOver = true;
      await sending;
      return { during, all, part };
    }, way);
    for (const [name, bytes] of Object.entries(file)) {
      const path = info.outputPath(`${name}.mp4`);
      writeFileSync(path, Buffer.from(bytes, 'base64'));
      const { beeps, length } = beepsOf(path);
      const flashes = flashesOf(path);
      expect(flashes.length, name).toBeGreaterThanOrEqual(name === 'part' ? 2 : 6);
      const near = (flash: number) =>
        beeps.map((beep) => beep - flash).reduce((one, other) => (Math.abs(other) < Math.abs(one) ? other : one));
      const apart = flashes.filter((flash) => flash > 0.3 && flash < length - 0.7).map(near);
      expect(Math.max(...apart.map(Math.abs)), `${name}: ${apart}`).toBeLessThanOrEqual(APART_S);
    }
  });
}
