import { Device, type types } from 'mediasoup-client';
import { Peer as PeerJs } from 'peerjs';
import SimplePeer from 'simple-peer/simplepeer.min.js';

/** The other side of a call over simple-peer, whose messages come through a port. */
export function callSimplePeer(stream: MediaStream, port: MessagePort): void {
  const peer = new SimplePeer({ initiator: true, stream });
  peer.on('signal', (data) => port.postMessage(data));
  port.onmessage = ({ data }) => peer.signal(data);
}

/** Both sides of a call over simple-peer, which takes the connections of the page. Returns the received stream. */
export function receiveSimplePeer(stream: MediaStream): Promise<MediaStream> {
  const [caller, receiver] = [new SimplePeer({ initiator: true, stream }), new SimplePeer()];
  caller.on('signal', (data) => receiver.signal(data));
  receiver.on('signal', (data) => caller.signal(data));
  return new Promise((resolve) => receiver.on('stream', resolve));
}

/** The other side of a call over PeerJS: calls the peer with this id. */
export async function callPeerJs(stream: MediaStream, id: string): Promise<void> {
  const peer = new PeerJs(serverOfPeerJs());
  await new Promise((resolve) => peer.on('open', resolve));
  peer.call(id, stream);
}

/** The other side of a call over PeerJS: answers any call to its own id. */
export async function answerPeerJs(stream: MediaStream, id: string): Promise<void> {
  const peer = new PeerJs(id, serverOfPeerJs());
  peer.on('call', (call) => call.answer(stream));
  await new Promise((resolve) => peer.on('open', resolve));
}

/** The server of PeerJS that the tests start. Its port is in the page's address. */
export function serverOfPeerJs() {
  return { host: 'localhost', port: Number(new URLSearchParams(location.search).get('peerjs')), path: '/' };
}

/** A transport of mediasoup-client's, and what it takes to consume one track with it. */
export interface Consumable {
  transport: types.Transport;
  params: types.ConsumerOptions;
}

/**
 * Connects mediasoup's client. A connection of the page is at the other end, in the place of a server: its offer is given to the client in
 * mediasoup's own words, and the client's answer is given to it.
 */
export async function connectMediasoup(stream: MediaStream): Promise<Consumable> {
  const sender = new RTCPeerConnection();
  for (const track of stream.getVideoTracks()) sender.addTrack(track, stream);
  await sender.setLocalDescription();
  await gathered(sender);
  const { sdp } = sender.localDescription!;
  const value = (pattern: RegExp) => pattern.exec(sdp)![1]!;
  const codec = {
    kind: 'video',
    mimeType: 'video/VP8',
    clockRate: 90_000,
    rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
  } satisfies Partial<types.RtpCodecCapability>;
  const payloadType = Number(value(/^a=rtpmap:(\d+) VP8/m));
  const device = new Device({ handlerName: 'Chrome111' });
  await device.load({ routerRtpCapabilities: { codecs: [{ ...codec, preferredPayloadType: payloadType }] } });
  const client = caughtConnection(() =>
    device.createRecvTransport({
      id: 'transport',
      iceParameters: {
        usernameFragment: value(/^a=ice-ufrag:(\S+)/m),
        password: value(/^a=ice-pwd:(\S+)/m),
      },
      iceCandidates: [...sdp.matchAll(/^a=candidate:(\S+) 1 udp (\d+) (\S+) (\d+) typ host/gim)].map(
        ([, foundation, priority, address, port]) => ({
          foundation: foundation!,
          priority: Number(priority),
          ip: address!,
          address: address!,
          protocol: 'udp',
          port: Number(port),
          type: 'host',
        }),
      ),
      dtlsParameters: {
        role: 'auto',
        fingerprints: [{ algorithm: 'sha-256', value: value(/^a=fingerprint:sha-256 (\S+)/m) }],
      },
    }),
  );
  const transport = client.created;
  transport.on('connect', (_, done) => done());
  // The first answer: the client negotiates more for its own ends.
  const answer = () => {
    if (client.connection.signalingState !== 'stable') return;
    client.connection.removeEventListener('signalingstatechange', answer);
    void sender.setRemoteDescription(client.connection.localDescription!);
  };
  client.connection.addEventListener('signalingstatechange', answer);
  client.connection.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate?.sdpMid === params.rtpParameters.mid) void sender.addIceCandidate(candidate);
  });
  const params: types.ConsumerOptions = {
    id: 'consumer',
    producerId: 'producer',
    kind: 'video',
    rtpParameters: {
      mid: value(/^a=mid:(\S+)/m),
      codecs: [{ ...codec, payloadType }],
      encodings: [{ ssrc: Number(value(/^a=ssrc:(\d+)/m)) }],
      rtcp: { cname: value(/^a=ssrc:\d+ cname:(\S+)/m) },
    },
  };
  return { transport, params };
}

async function gathered(connection: RTCPeerConnection): Promise<void> {
  while (connection.iceGatheringState !== 'complete')
    await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }));
}

/** The created object, with the connection that it created. */
function caughtConnection<T>(make: () => T): { created: T; connection: RTCPeerConnection } {
  const Native = RTCPeerConnection;
  const connections: RTCPeerConnection[] = [];
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  try {
    return { created: make(), connection: connections.at(-1)! };
  } finally {
    globalThis.RTCPeerConnection = Native;
  }
}
