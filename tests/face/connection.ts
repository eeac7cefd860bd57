import { startLoopback, type Loopback } from '../../www/loopback/index.js';

/** A small live stream, received over WebRTC from this page itself, once its first picture has come. */
export async function connect(): Promise<Loopback> {
  const loopback = await startLoopback({ codec: 'VP8', width: 320, height: 180, fps: 30 });
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = loopback.stream;
  await video.play();
  video.srcObject = null;
  return loopback;
}

/** The bytes of a Blob, as base64, since that is what a test can be handed. */
export function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
