import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { RecorderEventMap, RecorderOptions } from '../index.js';
import type { ControlsEventMap, TrackreelControls } from '../controls/element.js';
import type { ControlsLabels } from '../controls/labels.js';

/** A listener for each event, such as `onstart` and `onexport`: React 19 adds it to the element. */
type ControlsListeners = {
  [T in keyof RecorderEventMap | 'export' as `on${T}`]?: (event: ControlsEventMap[T]) => void;
};

/** What `<trackreel-controls>` takes in JSX, from React 19 on, beside what every element takes. */
export interface ControlsAttributes
  extends DetailedHTMLProps<HTMLAttributes<TrackreelControls>, TrackreelControls>, ControlsListeners {
  /** As {@link TrackreelControls.stream}. */
  stream?: MediaStream | MediaStreamTrack | null | undefined;
  /** As {@link TrackreelControls.options}. */
  options?: RecorderOptions | null | undefined;
  /** As {@link TrackreelControls.labels}. */
  labels?: Partial<ControlsLabels> | null | undefined;
  /** As {@link TrackreelControls.disabled}. */
  disabled?: boolean;
  /** As {@link RecorderOptions.maxLength}. */
  'max-length'?: string | number;
  /** As {@link RecorderOptions.maxFps}. */
  'max-fps'?: string | number;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'trackreel-controls': ControlsAttributes;
    }
  }
}
