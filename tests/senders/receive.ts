import { connected } from '../../www/sources/connected.js';
import type { Log, Plan } from './plan.js';

/** A track that the server sends, and the server's side of it. */
export interface Reception {
  track: MediaStreamTrack;
  /** The track of its sound, if the plan has some. */
  sound: MediaStreamTrack | undefined;
  /** Ends the server's warm-up. */
  go(): Promise<void>;
  /** What the server did, when its script has ended. */
  done(): Promise<Log>;
  close(): Promise<void>;
}

/**
 * Receives from the server.
 *
 * @param onReceiver - gets the receiver before the connection is made, which is when a transform must be set
 */
export async function receive(
  server: string,
  plan: Plan,
  onReceiver?: (receiver: RTCRtpReceiver) => void,
): Promise<Reception> {
  const peer = new RTCPeerConnection();
  const transceiver = peer.addTransceiver('video', { direction: 'recvonly' });
  transceiver.setCodecPreferences(preferencesFor(plan.codec ?? 'VP8'));
  onReceiver?.(transceiver.receiver);
  const sound = plan.sound && peer.addTransceiver('audio', { direction: 'recvonly' }).receiver.track;
  const offer = await peer.createOffer();
  // Chromium decodes one channel unless its own description wants two (RFC 7587 § 6.1).
  if (plan.sound?.channels === 2) offer.sdp = offer.sdp!.replace('useinbandfec=1', 'useinbandfec=1;stereo=1');
  await peer.setLocalDescription(offer);
  await gathered(peer);
  const { id, sdp } = await ask<{ id: number; sdp: string }>(`${server}/offer`, {
    sdp: peer.localDescription!.sdp,
    plan,
  });
  await peer.setRemoteDescription({ type: 'answer', sdp });
  await connected(peer, new Error('the server could not be reached'));
  return {
    track: transceiver.receiver.track,
    sound,
    go: () => ask(`${server}/go/${id}`, {}),
    done: () => ask(`${server}/log/${id}?done`),
    async close() {
      peer.close();
      await ask(`${server}/close/${id}`, {});
    },
  };
}

/** What to add to the server's clock to have microseconds of the page's time since the epoch. */
export async function clockOffset(server: string): Promise<number> {
  let best = { took: Infinity, offset: 0 };
  for (let i = 0; i < 10; i++) {
    const before = performance.now();
    const { now_us } = await ask<{ now_us: number }>(`${server}/clock`);
    const after = performance.now();
    const middle = (performance.timeOrigin + (before + after) / 2) * 1000;
    if (after - before < best.took) best = { took: after - before, offset: Math.round(middle - now_us) };
  }
  return best.offset;
}

function preferencesFor(codec: string): RTCRtpCodec[] {
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const wanted = codecs.filter(({ mimeType }) => mimeType.toUpperCase() === `VIDEO/${codec}`);
  if (wanted.length === 0) throw new Error(`this browser does not receive ${codec}`);
  return [...wanted, ...codecs.filter(({ mimeType }) => mimeType.toLowerCase() === 'video/rtx')];
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const check = () => peer.iceGatheringState === 'complete' && resolve();
    peer.addEventListener('icegatheringstatechange', check);
    check();
  });
}

async function ask<T>(url: string, body?: unknown): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
