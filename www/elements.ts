/** The page's element with this id, which must be of this kind. */
export function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} with the id ${id}`);
  return found;
}

/** Sets an element's text, and leaves the document alone if it is unchanged. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** A button that does nothing yet. */
export function button(text: string): HTMLButtonElement {
  const created = document.createElement('button');
  created.type = 'button';
  created.textContent = text;
  return created;
}

/** Has a button do something; failures are passed to `onError`. */
export function onClick(target: HTMLElement, act: () => unknown, onError: (error: unknown) => void): void {
  target.addEventListener('click', async () => {
    try {
      await act();
    } catch (error) {
      onError(error);
    }
  });
}
