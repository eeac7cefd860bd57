const CONNECT_TIMEOUT_MS = 15_000;

/** Resolves when a connection stands; rejects with this failure if it finds no way, or none within 15 seconds. */
export function connected(connection: RTCPeerConnection, failure: Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(failure), CONNECT_TIMEOUT_MS);
    const check = () => {
      const { connectionState } = connection;
      if (connectionState !== 'connected' && connectionState !== 'failed') return;
      clearTimeout(timer);
      if (connectionState === 'connected') resolve();
      else reject(failure);
    };
    connection.addEventListener('connectionstatechange', check);
    check();
  });
}
