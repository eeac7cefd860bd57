import type { Page } from '@playwright/test';

declare global {
  /** A sender of a flash and a beep a second. `begin` has it send, until `end` is called. */
  var beeper: { stream: MediaStream; begin(): void; end(): Promise<void> };
}

/** Makes a sender: its own stream, or that stream received over a connection, which may be tapped and of this codec. */
export async function makeBeeper(
  page: Page,
  way: 'local' | 'received' | 'tapped',
  codec: 'H264' | 'VP8' = 'H264',
): Promise<void> {
  const mimeType = `video/${codec}`;
  await page.evaluate(
    async ([way, wanted]) => {
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
      let sending: Promise<void> | undefined;
      const begin = () => void (sending = send());
      const end = async () => {
        isOver = true;
        await sending;
      };
      const sent = new MediaStream([video, audio]);
      const receive = async () => {
        const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
        sender.onicecandidate = ({ candidate }) => void (candidate && receiver.addIceCandidate(candidate));
        receiver.onicecandidate = ({ candidate }) => void (candidate && sender.addIceCandidate(candidate));
        for (const track of sent.getTracks()) sender.addTrack(track, sent);
        if (way === 'tapped') {
          lab.trackreel.tap(receiver);
          const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
          const ofVideo = sender.getTransceivers().find((one) => one.sender.track?.kind === 'video')!;
          ofVideo.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === wanted));
        }
        const stream = new Promise<MediaStream>(
          (resolve) => (receiver.ontrack = ({ streams }) => resolve(streams[0]!)),
        );
        await sender.setLocalDescription();
        await receiver.setRemoteDescription(sender.localDescription!);
        await receiver.setLocalDescription();
        await sender.setRemoteDescription(receiver.localDescription!);
        return stream;
      };
      globalThis.beeper = { stream: way === 'local' ? sent : await receive(), begin, end };
    },
    [way, mimeType] as const,
  );
}
