import { deviceSource, SourceFailure, type OnLost, type Source } from './source.js';

/** What a browser calls it when it gives no camera, and what a person can do then. */
const REFUSALS: Record<string, string> = {
  NotAllowedError: 'The camera was not allowed. Allow it in the browser’s address bar, then start it again.',
  NotFoundError: 'There is no camera. Plug one in, or choose another source.',
  NotReadableError: 'The camera is in use by another program. Close that one, then start it again.',
};

/** Asks for the camera, and for the microphone if its sound is wanted. */
export async function openCamera(audio: boolean, onLost: OnLost): Promise<Source> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } }, audio });
    return deviceSource(stream, 'Camera', onLost, 'The camera was unplugged or switched off.');
  } catch (error) {
    const { name, message } = error as Error;
    throw new SourceFailure(REFUSALS[name] ?? `The camera can’t be used: ${message}`);
  }
}
