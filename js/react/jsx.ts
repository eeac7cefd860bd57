import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { RecorderOptions, RecorderSource } from '../index.js';
import type { ControlsEventMap, TrackreelControls } from '../controls/element.js';
import type { ControlsLabels } from '../controls/labels.js';

/** What `<trackreel-controls>` takes in JSX, from React 19 on, beside what every element takes. */
export interface ControlsAttributes extends DetailedHTMLProps<HTMLAttributes<TrackreelControls>, TrackreelControls> {
  /** As {@link TrackreelControls.stream}. */
  stream?: RecorderSource | null | undefined;
  /** As {@link TrackreelControls.options}. */
  options?: RecorderOptions | null | undefined;
  /** As {@link TrackreelControls.labels}. */
  labels?: Partial<ControlsLabels> | null | undefined;
  /** As {@link TrackreelControls.disabled}. */
  disabled?: boolean | undefined;
  /** As {@link RecorderOptions.maxLength}. */
  'max-length'?: string | number | undefined;
  /** As {@link RecorderOptions.maxFps}. */
  'max-fps'?: string | number | undefined;
  /** Listens to {@link ControlsEventMap.start}. */
  onstart?: ((event: ControlsEventMap['start']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.pause}. */
  onpause?: ((event: ControlsEventMap['pause']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.resume}. */
  onresume?: ((event: ControlsEventMap['resume']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.progress}. */
  onprogress?: ((event: ControlsEventMap['progress']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.freeze}. */
  onfreeze?: ((event: ControlsEventMap['freeze']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.stall}. */
  onstall?: ((event: ControlsEventMap['stall']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.space}. */
  onspace?: ((event: ControlsEventMap['space']) => void) | undefined;
  /** Frames of a tapped track are encoded from now on. */
  onsource?: ((event: ControlsEventMap['source']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.scaled}. */
  onscaled?: ((event: ControlsEventMap['scaled']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.cleanup}. */
  oncleanup?: ((event: ControlsEventMap['cleanup']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.limit}. */
  onlimit?: ((event: ControlsEventMap['limit']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.next}. */
  onnext?: ((event: ControlsEventMap['next']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.stop}. */
  onstop?: ((event: ControlsEventMap['stop']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.error}. */
  onerror?: ((event: ControlsEventMap['error']) => void) | undefined;
  /** Listens to {@link ControlsEventMap.export}. */
  onexport?: ((event: ControlsEventMap['export']) => void) | undefined;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'trackreel-controls': ControlsAttributes;
    }
  }
}
