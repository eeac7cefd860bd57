import { CHANNEL, type Settled, type Settling } from './settling.js';

/** How many turns nothing must be copied in: what follows a copy begins before the next turn. */
const QUIET_TURNS = 2;

/** Reports to the page when this worker has dealt with a frame and its picture: it has read both, and copies no pixels any more. */
export function observe(): void {
  /** The RTP timestamps of the last encoded frame and the last picture that were read. */
  let [encoded, picture]: (number | undefined)[] = [];
  let copying = 0;

  const { read } = ReadableStreamDefaultReader.prototype;
  ReadableStreamDefaultReader.prototype.read = async function (this: ReadableStreamDefaultReader) {
    const result = await read.call(this);
    const value = result.value as { rtp?: number; frame?: VideoFrame; data?: ArrayBuffer } | undefined;
    if (value?.frame) picture = value.rtp;
    else if (value?.data) encoded = value.rtp;
    return result;
  };

  const { copyTo } = VideoFrame.prototype;
  VideoFrame.prototype.copyTo = async function (...args) {
    copying++;
    try {
      return await copyTo.apply(this, args);
    } finally {
      copying--;
    }
  };

  const turns = new MessageChannel();
  const turn = () =>
    new Promise<void>((resolve) => {
      turns.port1.onmessage = () => resolve();
      turns.port2.postMessage(null);
    });

  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = async ({ data: { settling } }: MessageEvent<Settling>) => {
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      await turn();
      const isQuiet = encoded === settling && picture === settling && copying === 0;
      quiet = isQuiet ? quiet + 1 : 0;
    }
    channel.postMessage({ settled: settling } satisfies Settled);
  };
}
