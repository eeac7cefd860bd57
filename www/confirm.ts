import { setText } from './elements.js';

/** Has a button ask once more before it does what can't be undone; `ask` announces that to a screen reader. */
export function confirmFirst(target: HTMLButtonElement, ask: () => void, act: () => Promise<void>): void {
  const text = target.textContent ?? '';
  let isAsking = false;
  const show = (asking: boolean) => {
    isAsking = asking;
    setText(target, asking ? 'Sure?' : text);
  };
  target.addEventListener('click', ({ detail }) => {
    // The second half of a double click confirms nothing.
    if (detail > 1) return;
    if (!isAsking) {
      show(true);
      return ask();
    }
    show(false);
    void act();
  });
  // Nor does a key that is held.
  target.addEventListener('keydown', (event) => event.repeat && event.preventDefault());
  target.addEventListener('blur', () => show(false));
}
