/// <reference path="./rtc-transform.d.ts" />
// The worker of all taps of a page. A person watches what passes here: it copies, passes on, and does nothing else.
import { FrameCopies } from './frame-copies.js';
import type { TapBegun, TapOptions } from './tap-messages.js';
import { holdLock } from './worker-life.js';

globalThis.onrtctransform = ({ transformer }) => {
  const copies = new FrameCopies((transformer.options as TapOptions).control, async () =>
    transformer.sendKeyFrameRequest(),
  );
  const pass = async () => {
    const reader = transformer.readable.getReader();
    const writer = transformer.writable.getWriter();
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      copies.copy(frame);
      writer.write(frame).catch(() => {});
    }
  };
  const end = () => copies.end();
  pass().then(end, end);
};

void holdLock().then((lock) => postMessage({ lock } satisfies TapBegun));
