import * as trackreel from 'trackreel';
import type { ConnectionCodec } from '../../www/loopback/index.js';
import { delayOf } from '../../js/sound-delay.js';
import { startBeeper, type Beeper, type Way } from './beeper.js';
import { hear, play, type Heard, type Played } from './playback.js';
import { startEncodedSender } from './encoded-sender.js';
import { startSender, type Sender } from './sender.js';
import { Take } from './take.js';
import { observe, type Witness } from './witness.js';

/** What a test finds in the page. */
export interface Stage {
  trackreel: typeof trackreel;
  /** What the recorder measures of the browser's encoders of sound. */
  delayOf: typeof delayOf;
  /** Starts the page's sender, and resolves when its pictures arrive. */
  connect(isTapped?: boolean, codec?: ConnectionCodec): Promise<Sender['kind']>;
  /** Has encoded H.264 come; gives whether the engine can encode it. */
  connectEncoded(): Promise<boolean>;
  sender: Sender | undefined;
  /** Starts a stream with sound. */
  beep(way: Way): Promise<Beeper>;
  /** Begins to record a stream with sound, and resolves when an error is reported. */
  beginInSilence(): Promise<Silence>;
  witness: Witness | undefined;
  /** Begins to record the sender. */
  begin(options?: trackreel.RecorderOptions): Promise<void>;
  /** Resumes a reel. */
  resume(reel: trackreel.Reel): Promise<void>;
  take: Take | undefined;
  /** From now on notes the transfers to workers; returns a function for their names. */
  spyOnTransfers(): () => string[];
  play(blob: Blob): Promise<Played>;
  /** Decodes a file's sound. */
  hear(blob: Blob): Promise<Heard>;
  /** A file that another engine recorded. */
  blob(base64: string): Blob;
  /** The bytes of a Blob, as base64. */
  base64(blob: Blob): Promise<string>;
}

/** What a recording without sound reports. */
export interface Silence {
  audio: trackreel.AudioPath | undefined;
  needsClick: boolean;
  error: string;
}

declare global {
  var stage: Stage;
}

globalThis.stage = {
  trackreel,
  delayOf,
  sender: undefined,
  witness: undefined,
  take: undefined,
  beep: startBeeper,
  async beginInSilence() {
    const { audio, needsClick } = await trackreel.Recorder.support();
    const { stream } = await startBeeper('local');
    this.take = await Take.begin(stream);
    const { recorder } = this.take;
    const { code, message } = await new Promise<trackreel.TrackreelError>((resolve) =>
      recorder.addEventListener('error', ({ detail }) => resolve(detail), { once: true }),
    );
    return { audio, needsClick, error: `${code}: ${message}` };
  },
  async connect(isTapped, codec) {
    this.sender = await startSender(isTapped, codec);
    this.witness = await observe(this.sender.track);
    while ((await this.witness.observations()).length < 3) await new Promise(requestAnimationFrame);
    return this.sender.kind;
  },
  async connectEncoded() {
    this.sender = await startEncodedSender();
    return this.sender !== undefined;
  },
  async begin(options) {
    this.take = await Take.begin(this.sender!.track, options);
  },
  async resume(reel) {
    this.take = await Take.begin(this.sender!.track, {}, reel);
  },
  spyOnTransfers() {
    const sent: string[] = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Worker, message: unknown, transfer: Transferable[] = []) {
      sent.push(...transfer.map(nameOf));
      postMessage.call(this, message, { transfer });
    } as Worker['postMessage'];
    return () => sent;
  },
  play,
  hear,
  blob(base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Blob([bytes], { type: 'video/mp4' });
  },
  base64(blob) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
  },
};

// The page around this one has a function run in it, which no driver can where it has no origin.
if (parent !== self) {
  addEventListener('message', async ({ data }) => {
    const run: () => Promise<unknown> = (0, eval)(`(${data})`);
    parent.postMessage(await run().catch((error: unknown) => ({ failed: String(error) })), '*');
  });
  parent.postMessage('ready', '*');
}

/** A canvas's track has another class. */
function nameOf(sent: Transferable): string {
  return sent instanceof MediaStreamTrack ? 'MediaStreamTrack' : sent.constructor.name;
}
