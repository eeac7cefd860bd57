import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { RecorderOptions } from '../index.js';
import type { ControlsEventMap, TrackreelControls } from '../controls/element.js';
import type { ControlsLabels } from '../controls/labels.js';

/** What `<trackreel-controls>` takes in JSX, from React 19 on, beside what every element takes. */
export interface ControlsAttributes extends DetailedHTMLProps<HTMLAttributes<TrackreelControls>, TrackreelControls> {
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
  /** Listens to {@link ControlsEventMap.start}. */
  onstart?: (event: ControlsEventMap['start']) => void;
  /** Listens to {@link ControlsEventMap.pause}. */
  onpause?: (event: ControlsEventMap['pause']) => void;
  /** Listens to {@link ControlsEventMap.resume}. */
  onresume?: (event: ControlsEventMap['resume']) => void;
  /** Listens to {@link ControlsEventMap.progress}. */
  onprogress?: (event: ControlsEventMap['progress']) => void;
  /** Listens to {@link ControlsEventMap.freeze}. */
  onfreeze?: (event: ControlsEventMap['freeze']) => void;
  /** Listens to {@link ControlsEventMap.space}. */
  onspace?: (event: ControlsEventMap['space']) => void;
  /** Listens to {@link ControlsEventMap.cleanup}. */
  oncleanup?: (event: ControlsEventMap['cleanup']) => void;
  /** Listens to {@link ControlsEventMap.limit}. */
  onlimit?: (event: ControlsEventMap['limit']) => void;
  /** Listens to {@link ControlsEventMap.stop}. */
  onstop?: (event: ControlsEventMap['stop']) => void;
  /** Listens to {@link ControlsEventMap.error}. */
  onerror?: (event: ControlsEventMap['error']) => void;
  /** Listens to {@link ControlsEventMap.export}. */
  onexport?: (event: ControlsEventMap['export']) => void;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'trackreel-controls': ControlsAttributes;
    }
  }
}
