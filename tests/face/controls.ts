import * as trackreel from 'trackreel';
import { LABELS } from 'trackreel/controls';
import { base64, connect } from './connection.js';

/** What a test finds in the page. */
export interface ControlsStage {
  trackreel: typeof trackreel;
  LABELS: typeof LABELS;
  connect: typeof connect;
  base64: typeof base64;
  /** The announcements for a screen reader, in order. */
  announced: string[];
  /** Begins to listen to an element's live regions. */
  listen(): void;
}

declare global {
  var controlsStage: ControlsStage;
}

globalThis.controlsStage = {
  trackreel,
  LABELS,
  connect,
  base64,
  announced: [],
  listen() {
    const { shadowRoot } = document.querySelector('trackreel-controls')!;
    for (const region of shadowRoot!.querySelectorAll('[role=status], [role=alert]')) {
      const announce = () => region.textContent && controlsStage.announced.push(region.textContent);
      new MutationObserver(announce).observe(region, { childList: true, characterData: true, subtree: true });
    }
  },
};
