import { PeerServer } from 'peer';

/** Starts a server for PeerJS, and gives its port. It ends with this process. */
export function startPeerServer(): Promise<number> {
  return new Promise((resolve) => {
    PeerServer({ port: 0, host: 'localhost', path: '/' }, (server) => {
      server.unref();
      const address = server.address();
      if (address && typeof address === 'object') resolve(address.port);
    });
  });
}
