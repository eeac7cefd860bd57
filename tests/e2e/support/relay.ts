import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Page } from '@playwright/test';

/** The page's own address: candidates hide it behind a name. */
const ADDRESS =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';

/** Carries what the two connections of a page send each other, and loses some of it. */
export class Relay {
  /** The part of packets that is lost; all of them in an outage. */
  loss = 0;
  /** How many packets were lost. */
  lost = 0;
  readonly #sockets: Socket[] = [];
  /** So that each run loses the same share of packets, evenly spread. */
  #seed = 1;

  /** Has a page that is opened afterwards connect through a relay. */
  static async between(page: Page): Promise<Relay> {
    const relay = new Relay();
    await page.exposeFunction('relayCandidate', (candidate: string) => relay.#through(candidate));
    await page.addInitScript(() => {
      const { addIceCandidate } = RTCPeerConnection.prototype;
      const { relayCandidate } = globalThis as unknown as { relayCandidate(candidate: string): Promise<string | null> };
      RTCPeerConnection.prototype.addIceCandidate = async function (
        this: RTCPeerConnection,
        candidate?: RTCIceCandidateInit | null,
      ) {
        // The one that answers begins, and the other learns where packets come from.
        if (!candidate?.candidate || this.signalingState === 'have-local-offer') return;
        while (!this.remoteDescription) await new Promise((resolve) => setTimeout(resolve, 5));
        if (this.remoteDescription.type !== 'offer') return;
        const relayed = await relayCandidate(candidate.candidate);
        const { sdpMid, sdpMLineIndex } = candidate;
        if (relayed) await Reflect.apply(addIceCandidate, this, [{ candidate: relayed, sdpMid, sdpMLineIndex }]);
      };
    });
    return relay;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  /** The candidate by which packets reach this one; none of other kinds than UDP's. */
  async #through(candidate: string): Promise<string | null> {
    const [foundation, component, protocol, priority, address, port, ...rest] = candidate.split(' ');
    if (protocol!.toLowerCase() !== 'udp' || address!.includes(':')) return null;
    const [near, far] = [await this.#open(), await this.#open()];
    let back: { port: number; address: string } | undefined;
    near.on('message', (packet, from) => {
      back = from;
      if (this.#passes()) far.send(packet, Number(port), ADDRESS);
    });
    far.on('message', (packet) => {
      if (back && this.#passes()) near.send(packet, back.port, back.address);
    });
    return [foundation, component, protocol, priority, ADDRESS, near.address().port, ...rest].join(' ');
  }

  async #open(): Promise<Socket> {
    const socket = createSocket('udp4');
    this.#sockets.push(socket);
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    return socket;
  }

  #passes(): boolean {
    // Numerical Recipes' generator.
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    const isLost = this.#seed / 2 ** 32 < this.loss;
    if (isLost) this.lost++;
    return !isLost;
  }
}
