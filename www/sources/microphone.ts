import { deviceSource, SourceFailure, type OnLost, type Source } from './source.js';

/** What a browser calls it when it gives no microphone, and what a person can do then. */
const REFUSALS: Record<string, string> = {
  NotAllowedError: 'The microphone was not allowed. Allow it in the browser’s address bar, then start it again.',
  NotFoundError: 'There is no microphone. Plug one in, or choose another source.',
  NotReadableError: 'The microphone is in use by another program. Close that one, then start it again.',
};

/** Asks for the microphone, whose sound is recorded alone. */
export async function openMicrophone(onLost: OnLost): Promise<Source> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return deviceSource(stream, 'Microphone', onLost, 'The microphone was unplugged or switched off.');
  } catch (error) {
    const { name, message } = error as Error;
    throw new SourceFailure(REFUSALS[name] ?? `The microphone can’t be used: ${message}`);
  }
}
