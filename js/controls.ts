/**
 * `<trackreel-controls>`: buttons for a page with or without a framework. Importing this module defines the element.
 *
 * @module trackreel/controls
 */

import { TrackreelControls } from './controls/element.js';

export { TrackreelControls, type ControlsEventMap, type ControlsExport } from './controls/element.js';
export { LABELS, type ControlsLabels } from './controls/labels.js';

// Not on a server, and not twice: a page may have two copies of this.
if (typeof customElements !== 'undefined' && !customElements.get('trackreel-controls')) {
  customElements.define('trackreel-controls', TrackreelControls);
}

declare global {
  interface HTMLElementTagNameMap {
    'trackreel-controls': TrackreelControls;
  }
}
