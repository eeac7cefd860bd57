import { Recorder, reels } from 'trackreel';
import { canConnect, type ConnectionCodec } from '../../www/loopback/connection.js';
import type { SenderOffsets } from './beeper.js';
import { Connection } from './connection.js';
import { recordersOf, type AnyRecorder } from './recorders.js';
import type { Scenario } from './scenario.js';
import { Sender } from './sender.js';

/** What Node asks of this page. Moments are those of the machine's clock, in milliseconds, which all pages share. */
export interface SyncPage {
  /** Whether flashes and beeps can be sent from here. */
  canSend(): boolean;
  canConnect(codec: ConnectionCodec): boolean;
  /** Makes the sender's stream the one that is recorded. */
  local(): void;
  offer(codec: ConnectionCodec): Promise<string>;
  /** Makes the received stream the one that is recorded. */
  answer(sdp: string): Promise<string>;
  accept(sdp: string): Promise<void>;
  send(run: Run): Promise<SenderOffsets>;
  /** Records the stream with every recorder; gives the files by their recorders, as base64. */
  record(run: Run): Promise<Record<string, string>>;
  /** Records it with trackreel, and leaves the recording as it is at the end. */
  leave(run: Run): Promise<void>;
}

/** A scenario, and when it starts and ends. */
export interface Run {
  scenario: Scenario;
  start: number;
  end: number;
}

declare global {
  var sync: SyncPage;
}

let sender: Sender | undefined;
let stream: MediaStream;
let sending: Connection | undefined;
/** Whether received frames can be kept as they are. */
let isKept = false;

globalThis.sync = {
  canSend: () => typeof MediaStreamTrackGenerator !== 'undefined',
  canConnect,
  local() {
    sender = new Sender();
    stream = sender.stream;
  },
  offer(codec) {
    sender = new Sender();
    sending = new Connection();
    return sending.offer(sender.stream, codec);
  },
  async answer(offered) {
    const answered = await new Connection().answer(offered);
    isKept = /a=rtpmap:\d+ H264/.test(offered) && typeof RTCRtpScriptTransform !== 'undefined';
    stream = answered.stream;
    return answered.sdp;
  },
  accept: (sdp) => sending!.accept(sdp),
  send: ({ scenario, start, end }) => sender!.send(scenario, start, end),
  async leave({ scenario: { recorded }, start }) {
    play(stream);
    const until = (seconds: number) => sleepUntil(start + seconds * 1000);
    await until(recorded[0]);
    await recordersOf(stream, false)['trackreel']!.start();
    await until(recorded[1]);
  },
  async record({ scenario: { recorded, pauses, crashes }, start }) {
    play(stream);
    // Loads what the first recording would wait for.
    await Recorder.support();
    const [left] = crashes ? await reels.list() : [];
    if (crashes && !left) throw new Error('the page that was left has no reel');
    const recorders = Object.entries(recordersOf(stream, isKept, left)).filter(
      ([name]) => !left || name === 'trackreel',
    );
    const all = (act: (recorder: AnyRecorder) => unknown) =>
      Promise.all(recorders.map(([, recorder]) => act(recorder)));
    const until = (seconds: number) => sleepUntil(start + seconds * 1000);
    await until(recorded[0]);
    await all((recorder) => recorder.start());
    for (const [from, to] of pauses) {
      await until(from);
      await all((recorder) => recorder.pause());
      await until(to);
      await all((recorder) => recorder.resume());
    }
    await until(recorded[1]);
    const files = await Promise.all(
      recorders.map(async ([name, recorder]) => [name, await base64(await recorder.finish())] as const),
    );
    return Object.fromEntries(files);
  },
};

/** Plays a stream, as a page does before it records one. Chromium delays the sound of a stream that is not played, by seconds. */
function play(stream: MediaStream): void {
  const player = document.createElement('video');
  player.muted = true;
  player.srcObject = stream;
  player.play().catch(() => {});
  document.body.append(player);
}

function sleepUntil(moment: number): Promise<void> {
  const wait = moment - performance.timeOrigin - performance.now();
  return new Promise((resolve) => setTimeout(resolve, wait));
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
