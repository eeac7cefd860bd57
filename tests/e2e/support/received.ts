import type { Page } from '@playwright/test';
import { readCounter } from '../../../www/loopback/counter.js';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';

declare global {
  /** The connections that the page has made. */
  var connections: RTCPeerConnection[];
}

/** Has a page that is opened afterwards keep its connections. */
export async function keepConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.connections = [];
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    };
  });
}

/** What TypeScript's types do not have yet (WebRTC Header Extension Control). */
interface Negotiating extends RTCRtpTransceiver {
  getHeaderExtensionsToNegotiate(): { uri: string; direction: RTCRtpTransceiverDirection }[];
  setHeaderExtensionsToNegotiate(extensions: { uri: string; direction: RTCRtpTransceiverDirection }[]): void;
}

/**
 * Has a page that is opened afterwards negotiate the dependency descriptor (AV1 RTP specification, appendix A), as SFUs do: frames of VP8
 * show their layer in nothing else.
 */
export async function negotiateLayers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      override async setLocalDescription(description?: RTCLocalSessionDescriptionInit) {
        for (const transceiver of this.getTransceivers() as Negotiating[]) {
          const extensions = transceiver.getHeaderExtensionsToNegotiate();
          const descriptor = extensions.find(({ uri }) => uri.includes('dependency-descriptor'));
          if (descriptor) descriptor.direction = 'sendrecv';
          transceiver.setHeaderExtensionsToNegotiate(extensions);
        }
        await super.setLocalDescription(description);
      }
    };
  });
}

/** Has the sender make its pictures this many times smaller; resolves when the page shows them. */
export async function scale(page: Page, by: number): Promise<void> {
  await page.evaluate(async (by) => {
    const sender = connections.flatMap((connection) => connection.getSenders()).find(({ track }) => track)!;
    const parameters = sender.getParameters();
    parameters.encodings[0]!.scaleResolutionDownBy = by;
    await sender.setParameters(parameters);
  }, by);
  await page.waitForFunction((width) => document.querySelector('video')!.videoWidth === width, 640 / by);
}

/** When each key frame of a file is shown, in seconds. */
export async function keyTimesOf(file: Buffer): Promise<number[]> {
  const input = new Input({ source: new BufferSource(file), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  const times: number[] = [];
  for await (const { type, timestamp } of new EncodedPacketSink(track!).packets(undefined, undefined, {
    verifyKeyPackets: true,
  }))
    if (type === 'key') times.push(timestamp);
  input.dispose();
  return times;
}

/** What a `<video>` shows of a file at some times, and of which sizes its pictures are when it plays it to the end. */
export async function playedOf(
  page: Page,
  file: string,
  times: number[],
): Promise<{ sizes: number[]; counters: (number | null)[] }> {
  const { sizes, pictures } = await page.evaluate(
    async ({ file, times }) => {
      const blob = await (await fetch(`data:video/webm;base64,${file}`)).blob();
      const video = document.createElement('video');
      video.muted = true;
      video.src = URL.createObjectURL(blob);
      const failed = new Promise<never>((_, reject) => {
        video.onerror = () => reject(new Error(video.error?.message));
      });
      const until = (event: string) =>
        Promise.race([failed, new Promise((resolve) => video.addEventListener(event, resolve, { once: true }))]);
      await until('loadeddata');
      const pictures: { width: number; height: number; luma: string }[] = [];
      for (const time of times) {
        const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        const seeked = until('seeked');
        video.currentTime = time;
        await Promise.all([seeked, Promise.race([failed, shown])]);
        const { videoWidth: width, videoHeight: height } = video;
        const context = new OffscreenCanvas(width, height).getContext('2d')!;
        context.drawImage(video, 0, 0);
        const { data } = context.getImageData(0, 0, width, height);
        const luma = Uint8Array.from({ length: width * height }, (_, n) => data[4 * n + 1]!);
        pictures.push({ width, height, luma: await lab.base64(new Blob([luma])) });
      }
      const begun = until('seeked');
      video.currentTime = 0;
      await begun;
      const sizes: number[] = [];
      const sample = () => {
        if (sizes.at(-1) !== video.videoWidth) sizes.push(video.videoWidth);
        video.requestVideoFrameCallback(sample);
      };
      sample();
      const ended = until('ended');
      await video.play();
      await ended;
      return { sizes, pictures };
    },
    { file, times },
  );
  const counters = pictures.map(({ width, height, luma }) =>
    readCounter(Buffer.from(luma, 'base64'), width, width, height),
  );
  return { sizes, counters };
}
