import type { Reel } from 'trackreel';
import { element, onClick, setText } from './elements.js';
import { clockTime, dateTime } from './format.js';
import { showError } from './messages.js';

const panel = element('recovery', HTMLElement);
const text = element('recovery-text', HTMLElement);
const goOn = element('recover', HTMLButtonElement);

/** What can be done with a recording that was interrupted. */
export interface Recovery {
  onContinue(reel: Reel): Promise<void>;
  onOpen(reel: Reel): Promise<void>;
}

let found: Reel | undefined;

/** Connects the panel that offers it. */
export function watchRecovery({ onContinue, onOpen }: Recovery): void {
  const act = (take: (reel: Reel) => Promise<void>) => () => {
    const reel = found;
    hideRecovery();
    return reel && take(reel);
  };
  onClick(goOn, act(onContinue), showError);
  onClick(element('recovery-open', HTMLButtonElement), act(onOpen), showError);
  onClick(element('recovery-later', HTMLButtonElement), hideRecovery, showError);
}

/** Offers the newest reel that was interrupted, if there is one. */
export function offerRecovery(reels: Reel[]): void {
  const interrupted = reels.filter(({ state, frames }) => state === 'interrupted' && frames > 0);
  [found] = interrupted;
  if (!found) return;
  const others = interrupted.length - 1;
  const more = others === 0 ? '' : others === 1 ? ' Another one is below.' : ` ${others} others are below.`;
  setText(
    text,
    `The recording of ${dateTime(found.createdAt)} was interrupted. ${clockTime(found.duration)} of it are safe.${more}`,
  );
  panel.hidden = false;
}

/** Offers nothing any more. */
export function hideRecovery(): void {
  found = undefined;
  panel.hidden = true;
}

/** Whether a reel can be gone on with now. */
export function allowRecovery(allowed: boolean): void {
  goOn.disabled = !allowed;
}
