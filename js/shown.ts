// Pictures as the page hands them to a worker.

/** A picture that a `<video>` showed, and the sender's RTP timestamp, if the browser has it. */
export interface Shown {
  frame: VideoFrame;
  rtp: number | undefined;
  /** When the page had it, in milliseconds of the worker's `performance.now()`. */
  arrived: number;
}

/** From the page to the worker: a picture, when the page had it, in milliseconds since 1970, and how many before it were missed. */
export interface ShownMessage extends Shown {
  missed: number;
}

/** From the page to the worker: whether to ask for pictures, since nothing else does in a hidden page. */
export interface Asking {
  ask: boolean;
}
