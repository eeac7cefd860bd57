import { tap } from 'trackreel';
import { preferencesFor, type ConnectionCodec } from '../../www/loopback/connection.js';

/** An end of a connection. Its peer may be in this page or in another browser's: descriptions are text, with all candidates in them. */
export class Connection {
  readonly #peer = new RTCPeerConnection();

  /** Offers a stream in this codec. */
  async offer(stream: MediaStream, codec: ConnectionCodec): Promise<string> {
    for (const track of stream.getTracks()) {
      // Tracks of one stream: the receiver keeps them in sync.
      const transceiver = this.#peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
      if (track.kind === 'video') transceiver.setCodecPreferences(preferencesFor(codec));
    }
    await this.#peer.setLocalDescription();
    return this.#described();
  }

  /** Answers an offer. The stream is complete, but nothing has come yet. */
  async answer(sdp: string): Promise<{ sdp: string; stream: MediaStream }> {
    const stream = new MediaStream();
    tap(this.#peer);
    this.#peer.ontrack = ({ track }) => stream.addTrack(track);
    await this.#peer.setRemoteDescription({ type: 'offer', sdp });
    await this.#peer.setLocalDescription();
    return { sdp: await this.#described(), stream };
  }

  /** Takes the answer; resolves when the connection stands. */
  async accept(sdp: string): Promise<void> {
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
    const hasConnected = () => this.#peer.connectionState === 'connected';
    while (!hasConnected()) await new Promise((resolve) => (this.#peer.onconnectionstatechange = resolve));
  }

  async #described(): Promise<string> {
    const isComplete = () => this.#peer.iceGatheringState === 'complete';
    while (!isComplete()) await new Promise((resolve) => (this.#peer.onicegatheringstatechange = resolve));
    return this.#peer.localDescription!.sdp;
  }
}
