import { tap } from 'trackreel';
import { connected } from './connected.js';
import { SourceFailure, type OnLost, type Source } from './source.js';

/** Where a stream is, and what lets this page have it. */
export interface WhepAddress {
  url: string;
  /** A bearer token; empty for none. */
  token: string;
}

/** How long candidates are gathered before the offer goes out with those that there are, in milliseconds. */
const GATHERING_MS = 2000;
/** How long the server may take to answer. */
const ANSWER_MS = 15_000;

/** What a server answers instead of a stream, in words. */
const REFUSALS: Record<number, string> = {
  401: 'The server requires a valid token.',
  403: 'This token gives no access to the stream.',
  404: 'There is no stream at this address.',
  406: 'The server sends nothing that this browser can play.',
  409: 'The stream has not begun. Try again when it is live.',
};

/**
 * Receives a stream over WebRTC from a server that speaks WHEP: one offer, one answer, all candidates in them.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-wish-whep/
 */
export async function openWhep(address: WhepAddress, onLost: OnLost): Promise<Source> {
  if (!/^https?:/i.test(address.url) || !URL.canParse(address.url)) {
    throw new SourceFailure('A WHEP address begins with https:// (or http:// on this machine).');
  }
  const url = new URL(address.url);
  const headers = new Headers(address.token ? { Authorization: `Bearer ${address.token}` } : {});
  const peer = new RTCPeerConnection();
  tap(peer);
  let session: URL | undefined;
  // The server would notice by itself, some time later. A page that is being left still gets this out.
  const leave = () => {
    if (session) fetch(session, { method: 'DELETE', headers, keepalive: true }).catch(() => {});
    session = undefined;
  };
  const close = () => {
    removeEventListener('pagehide', leave);
    peer.close();
    leave();
  };
  addEventListener('pagehide', leave);
  try {
    for (const kind of ['video', 'audio']) peer.addTransceiver(kind, { direction: 'recvonly' });
    await peer.setLocalDescription();
    await gathered(peer);
    const { answer, location } = await ask(url, headers, peer.localDescription?.sdp ?? '');
    session = location;
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    await connected(peer, new SourceFailure('No network path to the server was found; a firewall may be the reason.'));
    peer.addEventListener('connectionstatechange', () => {
      if (peer.connectionState === 'failed') onLost('The connection to the server was lost.');
    });
    // A server that sends no sound refuses that part of the offer.
    const accepted = peer.getTransceivers().filter(({ currentDirection }) => currentDirection === 'recvonly');
    return { stream: new MediaStream(accepted.map(({ receiver }) => receiver.track)), name: 'WHEP', close };
  } catch (error) {
    close();
    throw error;
  }
}

async function ask(url: URL, headers: Headers, offer: string): Promise<{ answer: string; location: URL | undefined }> {
  const asked = new Headers(headers);
  asked.set('Content-Type', 'application/sdp');
  const signal = AbortSignal.timeout(ANSWER_MS);
  const response = await fetch(url, { method: 'POST', headers: asked, body: offer, signal }).catch(() => {
    throw new SourceFailure('The server can’t be reached, does not answer, or refuses this site (CORS).');
  });
  if (!response.ok) {
    const reason = REFUSALS[response.status] ?? 'The server gave no stream.';
    throw new SourceFailure(`${reason} (HTTP ${response.status})`);
  }
  const answer = await response.text();
  if (!answer.startsWith('v=0')) throw new SourceFailure('The server at this address does not support WHEP.');
  const location = response.headers.get('Location');
  return { answer, location: location === null ? undefined : new URL(location, response.url) };
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHERING_MS);
    const check = () => {
      if (peer.iceGatheringState !== 'complete') return;
      clearTimeout(timer);
      resolve();
    };
    peer.addEventListener('icegatheringstatechange', check);
    check();
  });
}
