/**
 * Everything takes after the page's own text, whatever colour that has, so that it fits in light and dark.
 * A constructed sheet and no `<style>`: a strict `style-src` lets it pass.
 */
const CSS = `
:host {
  display: block;
  color: var(--trackreel-color, inherit);
  font: var(--trackreel-font, inherit);
}
:host([hidden]) {
  display: none;
}
[part~='controls'],
[part~='buttons'] {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: var(--trackreel-gap, 0.5em);
}
[part~='button'] {
  display: inline-flex;
  align-items: center;
  gap: 0.5em;
  min-block-size: 2.5em;
  margin: 0;
  padding: 0 0.9em;
  border: 1px solid var(--trackreel-button-border, color-mix(in srgb, currentColor 55%, transparent));
  border-radius: var(--trackreel-radius, 0.5em);
  background: var(--trackreel-button-background, color-mix(in srgb, currentColor 7%, transparent));
  color: var(--trackreel-button-color, inherit);
  font: inherit;
  cursor: pointer;
}
[part~='button']:hover {
  background: var(--trackreel-button-hover, color-mix(in srgb, currentColor 14%, transparent));
}
[part~='button']:focus-visible {
  outline: 2px solid var(--trackreel-focus, currentColor);
  outline-offset: 2px;
}
[part~='button']:disabled,
[part~='button'][aria-disabled='true'] {
  opacity: 0.5;
  cursor: default;
}
[part~='icon'] {
  inline-size: 1em;
  block-size: 1em;
  fill: currentColor;
}
[part~='record'] [part~='icon'] {
  fill: var(--trackreel-accent, #e0383e);
}
[part~='figures'] {
  font-variant-numeric: tabular-nums;
}
[part~='size'] {
  margin-inline-start: 0.75em;
}
[part~='status'],
[part~='error'] {
  flex-basis: 100%;
  margin: 0;
}
[part~='status']:empty,
[part~='error']:empty {
  position: absolute;
}
[part~='error']:not(:empty) {
  padding-inline-start: 0.6em;
  border-inline-start: 4px solid var(--trackreel-accent, #e0383e);
}
@media (prefers-reduced-motion: no-preference) {
  [part~='recording'] [part~='record'] [part~='icon'] {
    animation: pulse 2s ease-in-out infinite;
  }
}
@keyframes pulse {
  50% {
    opacity: 0.45;
  }
}
@media (forced-colors: active) {
  [part~='button'] {
    border-color: ButtonBorder;
  }
  [part~='button']:disabled,
  [part~='button'][aria-disabled='true'] {
    border-color: GrayText;
    color: GrayText;
    opacity: 1;
  }
  [part~='record'] [part~='icon'] {
    fill: currentColor;
  }
}
`;

let sheet: CSSStyleSheet | undefined;

/** One for all elements of a page. */
export function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
