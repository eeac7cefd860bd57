import { deviceSource, SourceFailure, type OnLost, type Source } from './source.js';

/** Has the user choose a screen, a window or a tab. */
export async function openScreen(audio: boolean, onLost: OnLost): Promise<Source> {
  if (!navigator.mediaDevices.getDisplayMedia) {
    throw new SourceFailure('This browser can’t share a screen. Choose another source.');
  }
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 30 }, audio });
    return deviceSource(stream, 'Screen', onLost, 'The screen is not shared any more.');
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'NotAllowedError') throw new SourceFailure('No screen was shared. Choose one, or another source.');
    throw new SourceFailure(`The screen can’t be shared: ${message}`);
  }
}
