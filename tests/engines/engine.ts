/** A browser under test, whatever drives it: one tab, in which functions can be run. */
export interface Engine {
  readonly name: EngineName;
  /** The browser's own name and version. */
  readonly version: string;
  /** Loads a page in the tab. */
  open(url: string): Promise<void>;
  /** Runs a function in the page, with an argument and a result that JSON can carry. Nothing around the function is there. */
  evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  evaluate<R>(run: () => R | Promise<R>): Promise<R>;
  reload(): Promise<void>;
  /** Returns to the page before this one. */
  back(): Promise<void>;
  /** Puts another tab in front of the page. */
  hide(): Promise<void>;
  /** Puts the page in front again. */
  show(): Promise<void>;
  /** Clicks in the page, as its user does. */
  click(): Promise<void>;
  /** Ends the browser and all that was started for it. */
  close(): Promise<void>;
}

/** The engines of the matrix. */
export type EngineName = 'chromium' | 'firefox' | 'webkitgtk';

/** A driver's way to start its engine. */
export type Launch = () => Promise<Engine>;
