let context: AudioContext | undefined;

/** The page's own context for sound. It runs from the first click or key on, which browsers ask for. */
export function audioContext(): AudioContext {
  if (!context) {
    const created = new AudioContext();
    const resume = () => void created.resume().catch(() => {});
    for (const event of ['pointerdown', 'keydown']) addEventListener(event, resume, { capture: true });
    created.addEventListener('statechange', () => {
      if (created.state !== 'running') return;
      for (const event of ['pointerdown', 'keydown']) removeEventListener(event, resume, { capture: true });
    });
    context = created;
  }
  return context;
}
