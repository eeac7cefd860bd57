/** The page's element with this id, which must be of this kind. */
export function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} with the id ${id}`);
  return found;
}

/** Sets an element's text, and leaves the document alone where it says so already. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
