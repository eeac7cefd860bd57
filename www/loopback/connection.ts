import { tap } from 'trackreel';
import { connected } from '../sources/connected.js';

/** The codecs that a connection can be asked for, by their names in SDP. */
export const CODECS = ['VP8', 'VP9', 'H264', 'AV1'] as const;

/** One of {@link CODECS}. */
export type ConnectionCodec = (typeof CODECS)[number];

/** A track that has gone through a peer connection. */
export interface Connection {
  /** The video track as it was received. */
  track: MediaStreamTrack;
  /** All tracks as they were received. */
  stream: MediaStream;
  /** What sends it. */
  sender: RTCRtpSender;
  close(): void;
}

/** Whether this browser both sends and receives the codec. */
export function canConnect(codec: ConnectionCodec): boolean {
  return preferencesFor(codec).length > 0;
}

/**
 * Sends a track to this page itself, through a pair of peer connections.
 *
 * @param bitrate - what the sender starts with and may use, in bits per second
 * @param sound - a track that is sent beside it
 * @param isTapped - whether the received tracks are tapped
 */
export async function connect(
  track: MediaStreamTrack,
  codec: ConnectionCodec,
  bitrate: number,
  sound?: MediaStreamTrack,
  isTapped = false,
): Promise<Connection> {
  const preferences = preferencesFor(codec);
  if (preferences.length === 0) throw new Error(`This browser does not send ${codec} over WebRTC.`);
  const sender = new RTCPeerConnection();
  const receiver = new RTCPeerConnection();
  if (isTapped) tap(receiver);
  const close = () => {
    sender.close();
    receiver.close();
  };
  try {
    const transceiver = sender.addTransceiver(track, {
      direction: 'sendonly',
      sendEncodings: [{ maxBitrate: bitrate, scaleResolutionDownBy: 1 }],
    });
    transceiver.setCodecPreferences(preferences);
    if (sound) sender.addTransceiver(sound, { direction: 'sendonly' });
    await keepSize(transceiver.sender);
    await negotiate(sender, receiver, bitrate);
    await connected(receiver, new Error('The page could not connect to itself: no network path was found.'));
  } catch (error) {
    close();
    throw error;
  }
  const tracks = receiver.getReceivers().map(({ track }) => track);
  const received = tracks.find(({ kind }) => kind === 'video');
  const [sending] = sender.getSenders();
  if (!received || !sending) throw new Error('The connection has no track.');
  return { track: received, stream: new MediaStream(tracks), sender: sending, close };
}

/** The codec preferences of a transceiver for this codec; none if this browser does not both send and receive it. */
export function preferencesFor(codec: ConnectionCodec): RTCRtpCodec[] {
  if (typeof RTCPeerConnection === 'undefined') return [];
  const sends = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  const receives = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const isSent = (other: RTCRtpCodec) =>
    sends.some(({ mimeType, sdpFmtpLine }) => mimeType === other.mimeType && sdpFmtpLine === other.sdpFmtpLine);
  const wanted = receives.filter((one) => one.mimeType.toUpperCase() === `VIDEO/${codec}` && isSent(one));
  // Lost packets are sent again as a codec of their own (RFC 4588).
  const retransmissions = receives.filter((one) => one.mimeType.toLowerCase() === 'video/rtx');
  return wanted.length > 0 ? [...wanted, ...retransmissions] : [];
}

/** Asks the sender to lower neither size nor, where the browser can, frame rate when it is short of time. */
async function keepSize(sender: RTCRtpSender): Promise<void> {
  const preferences = ['maintain-framerate-and-resolution', 'maintain-resolution'];
  for (const preference of preferences) {
    try {
      // The first is newer than TypeScript's word list.
      const degradationPreference = preference as RTCDegradationPreference;
      return await sender.setParameters({ ...sender.getParameters(), degradationPreference });
    } catch {
      // A browser without this parameter rejects it; the connection works without.
    }
  }
}

async function negotiate(sender: RTCPeerConnection, receiver: RTCPeerConnection, bitrate: number): Promise<void> {
  forwardCandidates(sender, receiver);
  forwardCandidates(receiver, sender);
  await sender.setLocalDescription();
  await receiver.setRemoteDescription(described(sender));
  await receiver.setLocalDescription();
  const { type, sdp } = described(receiver);
  await sender.setRemoteDescription({ type, sdp: withStartBitrate(sdp, bitrate) });
}

function forwardCandidates(from: RTCPeerConnection, to: RTCPeerConnection): void {
  from.addEventListener('icecandidate', ({ candidate }) => {
    // A connection that was closed meanwhile wants no more of them.
    if (candidate) to.addIceCandidate(candidate).catch(() => {});
  });
}

function described(connection: RTCPeerConnection): RTCSessionDescription {
  if (!connection.localDescription) throw new Error('The connection was closed before it was established.');
  return connection.localDescription;
}

/** Chromium starts at 300 kbit/s, with poor pictures, unless each payload type has its own start bitrate. */
function withStartBitrate(sdp: string, bitrate: number): string {
  const start = `x-google-start-bitrate=${Math.round(bitrate / 1000)}`;
  return sdp
    .replace(/^a=rtpmap:(\d+) (?!rtx)[^\r\n]*$/gm, (rtpmap, type: string) =>
      sdp.includes(`a=fmtp:${type} `) ? rtpmap : `${rtpmap}\r\na=fmtp:${type} ${start}`,
    )
    .replace(/^a=fmtp:\d+ (?!apt=|x-google)[^\r\n]*$/gm, (fmtp) => `${fmtp};${start}`);
}
