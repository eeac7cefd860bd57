import { CONTENTS } from './contents.js';
import { EVENTS } from './events.js';
import { loopback, receivedLoopback } from './loopback.js';
import { received } from './received.js';
import { CODECS } from './sender.js';
import { synthetic } from './synthetic.js';

/** What a runner finds in the page. */
export interface Corpus {
  codecs: string[];
  contents: string[];
  events: string[];
  synthetic: typeof synthetic;
  loopback: typeof loopback;
  received: typeof received;
  receivedLoopback: typeof receivedLoopback;
}

declare global {
  var corpus: Corpus;
}

globalThis.corpus = {
  codecs: Object.keys(CODECS),
  contents: Object.keys(CONTENTS),
  events: Object.keys(EVENTS),
  synthetic,
  loopback,
  received,
  receivedLoopback,
};
