import { PeerServer } from 'peer';

/** Starts a server for PeerJS on a free port, and gives its address. It ends with this process. */
export function startPeerServer(): Promise<string> {
  return new Promise((resolve) => {
    PeerServer({ port: 0, host: 'localhost', path: '/peerjs' }, (server) => {
      const address = server.address();
      if (!address || typeof address === 'string') throw new Error(`a server at ${String(address)}`);
      server.unref();
      resolve(`http://localhost:${address.port}`);
    });
  });
}
