import type { Page } from '@playwright/test';

/** A source of tones: a track, and its sound. */
export interface Source {
  track: MediaStreamTrack;
  /** The pitch of each channel in Hz; 0 is silence. */
  pitches: number[];
  /** Whether it is heard in the first 300 ms of each second only. */
  isSpeech: boolean;
  /** Ends it. */
  end(): Promise<void>;
}

/** A call with moving pictures and tones, both ends of which are in the page. */
export interface Call {
  /** The received stream. */
  stream: MediaStream;
  /** The source that is sent at first. */
  source: Source;
  /** What sends its sound. */
  transceiver: RTCRtpTransceiver;
  /** Makes another source with these pitches, at this rate in samples a second. */
  makeSource(rate: number, pitches: number[]): Source;
  /** Has both ends agree on what has changed. */
  negotiate(): Promise<void>;
  end(): Promise<void>;
}

declare global {
  /** Set by `makeCall`. */
  var call: Call;
}

/** What a call is to be. */
export interface CallOptions {
  rate?: number;
  /** The first source's pitches. */
  pitches: number[];
  /** What the receiver wants of Opus, such as `stereo=1` (RFC 7587 § 6.1). */
  fmtp?: string;
  /** Whether its sender has no sound at first. */
  isSilent?: boolean;
}

/** Makes a call in a page that `openLab` has opened. */
export async function makeCall(page: Page, options: CallOptions): Promise<void> {
  await page.evaluate(async ({ rate = 48_000, pitches, fmtp = '', isSilent = false }) => {
    const makeSource = (rate: number, pitches: number[]): Source => {
      const track = new MediaStreamTrackGenerator({ kind: 'audio' });
      const writer = track.writable.getWriter();
      const length = rate / 100;
      let isOver = false;
      const source: Source = { track, pitches, isSpeech: false, end: async () => ((isOver = true), sending) };
      const send = async () => {
        const began = performance.now();
        for (let blocks = 0; !isOver; await new Promise((resolve) => setTimeout(resolve, 5))) {
          for (; blocks * 10 <= performance.now() - began; blocks++) {
            const isHeard = !source.isSpeech || (blocks * 10) % 1000 < 300;
            const wave = (_: unknown, at: number) => {
              const [channel, n] = [Math.floor(at / length), (at % length) + blocks * length];
              return (isHeard ? 0.3 : 0) * Math.sin((2 * Math.PI * source.pitches[channel]! * n) / rate);
            };
            const channels = source.pitches.length;
            void writer.write(
              new AudioData({
                format: 'f32-planar',
                sampleRate: rate,
                numberOfFrames: length,
                numberOfChannels: channels,
                timestamp: (began + blocks * 10) * 1000,
                data: Float32Array.from({ length: length * channels }, wave),
              }),
            );
          }
        }
      };
      const sending = send();
      return source;
    };
    const video = new MediaStreamTrackGenerator({ kind: 'video' });
    const pictures = video.writable.getWriter();
    const canvas = new OffscreenCanvas(320, 240);
    const context = canvas.getContext('2d')!;
    let isOver = false;
    const show = async () => {
      for (let n = 0; !isOver; n++) {
        context.fillStyle = `hsl(${n * 7} 80% 50%)`;
        context.fillRect(0, 0, 320, 240);
        await pictures.write(new VideoFrame(canvas, { timestamp: performance.now() * 1000 }));
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    };
    const showing = show();
    const source = makeSource(rate, pitches);
    const sent = new MediaStream([video, source.track]);
    const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
    sender.onicecandidate = ({ candidate }) => void (candidate && receiver.addIceCandidate(candidate));
    receiver.onicecandidate = ({ candidate }) => void (candidate && sender.addIceCandidate(candidate));
    sender.addTrack(video, sent);
    const sound = sender.addTrack(source.track, sent);
    if (isSilent) await sound.replaceTrack(null);
    const stream = new Promise<MediaStream>((resolve) => (receiver.ontrack = ({ streams }) => resolve(streams[0]!)));
    const negotiate = async () => {
      await sender.setLocalDescription();
      await receiver.setRemoteDescription(sender.localDescription!);
      const answer = await receiver.createAnswer();
      if (fmtp) answer.sdp = answer.sdp!.replace('useinbandfec=1', `useinbandfec=1;${fmtp}`);
      await receiver.setLocalDescription(answer);
      await sender.setRemoteDescription(receiver.localDescription!);
    };
    await negotiate();
    const transceiver = sender.getTransceivers().find((each) => each.sender === sound)!;
    const end = async () => {
      isOver = true;
      await Promise.all([showing, source.end()]);
      sender.close();
      receiver.close();
    };
    globalThis.call = { stream: await stream, source, transceiver, makeSource, negotiate, end };
  }, options);
}
