import type { Reel } from 'trackreel';
import { element, onClick, setText } from './elements.js';
import { clockTime, dateTime } from './format.js';
import { showError } from './messages.js';

const panel = element('recovery', HTMLElement);
const text = element('recovery-text', HTMLElement);
const resumeButton = element('recover', HTMLButtonElement);

/** What can be done with a recording that was interrupted. */
export interface Recovery {
  onContinue(reel: Reel): Promise<void>;
  onOpen(reel: Reel): Promise<void>;
}

/** The reels that are offered now: the first, and the number of others. */
let offered: Reel[] = [];
/** A reel is offered once in a page load; after that it is in the list. */
const settled = new Set<string>();

/** Connects the panel that offers it. */
export function connectRecovery({ onContinue, onOpen }: Recovery): void {
  const act = (take: (reel: Reel) => Promise<void>) => () => {
    const [reel] = offered;
    leavePanel();
    hideRecovery();
    return reel && take(reel);
  };
  onClick(resumeButton, act(onContinue), showError);
  onClick(element('recovery-open', HTMLButtonElement), act(onOpen), showError);
  onClick(
    element('recovery-later', HTMLButtonElement),
    act(async () => {}),
    showError,
  );
}

/** The focus would be lost with the panel: it moves to the button that records, or to the recording in the list. */
function leavePanel(): void {
  const record = element('record', HTMLButtonElement);
  const next = record.disabled ? element('reels-heading', HTMLElement) : record;
  next.focus({ preventScroll: true });
}

/** Offers the newest reel that was interrupted, if there is one. */
export function offerRecovery(reels: Reel[]): void {
  offered = reels.filter(({ id, state, bytes }) => state === 'interrupted' && bytes > 0 && !settled.has(id));
  const [reel] = offered;
  panel.hidden = !reel;
  if (!reel) return;
  const others = offered.length - 1;
  const more = others === 0 ? '' : others === 1 ? ' Another one is below.' : ` ${others} others are below.`;
  setText(
    text,
    `The recording of ${dateTime(reel.createdAt)} was interrupted. ${clockTime(reel.duration)} of it are on disk.${more}`,
  );
}

/** Offers them no more. */
export function hideRecovery(): void {
  for (const { id } of offered) settled.add(id);
  offered = [];
  panel.hidden = true;
}

/** Whether a reel can be resumed now. */
export function allowRecovery(allowed: boolean): void {
  resumeButton.disabled = !allowed;
}
