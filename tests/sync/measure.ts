import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionCodec } from '../../www/loopback/connection.js';
import { launch as chromium } from '../engines/drivers/chromium.js';
import { launch as firefox } from '../engines/drivers/firefox.js';
import { launch as webkitgtk } from '../engines/drivers/webkitgtk.js';
import type { Engine, EngineName, Launch } from '../engines/engine.js';
import { decode } from './decoded.js';
import type { SyncPage } from './main.js';
import { offsetsOf, summaryOf, type Summary } from './offsets.js';
import { flashesOf, SCENARIOS, type Scenario, type ScenarioName } from './scenario.js';

declare global {
  var sync: SyncPage;
}

/** Firefox hides its addresses behind names that another browser can't resolve. */
const WITH_ADDRESSES = { 'media.peerconnection.ice.obfuscate_host_addresses': false };

/** How each engine is started that may receive. The sender is Chromium, since no other has tracks that a page can write. */
const LAUNCH: Record<EngineName, Launch> = {
  chromium,
  firefox: () => firefox({ preferences: WITH_ADDRESSES }),
  webkitgtk,
};

/** Files are kept here, to inspect one that is off. */
const FILES = 'target/sync';
/** What the pages need before a scenario starts, and after a recording ends, in milliseconds. */
const AHEAD_MS = 1500;
const AFTER_MS = 500;

/** The plan of the measurements. */
export interface Plan {
  engines: EngineName[];
  codecs: ConnectionCodec[];
  scenarios: ScenarioName[];
  /** How long the plain scenario is recorded. */
  seconds: number;
  /** How many pauses, or freezes, others have. */
  count: number;
}

/** A recorder's file in numbers. */
export interface Measurement extends Summary {
  engine: EngineName;
  path: 'local' | 'received';
  codec: ConnectionCodec | null;
  recorder: string;
  scenario: ScenarioName;
  /** How many flashes have their beep, and how many were sent while they were recorded. */
  flashes: number;
  expected: number;
  /** The offset with which the sender handed them over. */
  sender_ms: number;
}

/** What can't be measured, and why. */
export interface Absence {
  engine: EngineName;
  path?: Measurement['path'];
  codec?: ConnectionCodec | null;
  recorder?: string;
  scenario?: ScenarioName;
  flashes?: 0;
  reason: string;
}

/** Where the stream is from. */
type Source = Pick<Measurement, 'path' | 'codec'>;

/** Measures what the plan has, one after another. */
export async function* measure(url: string, plan: Plan): AsyncGenerator<Measurement | Absence> {
  mkdirSync(FILES, { recursive: true });
  for (const name of plan.engines) {
    const receiver = await LAUNCH[name]();
    const sender = name === 'chromium' ? receiver : await LAUNCH.chromium();
    try {
      for (const codec of [null, ...plan.codecs]) {
        const source: Source = codec ? { path: 'received', codec } : { path: 'local', codec };
        for (const scenario of plan.scenarios) {
          const reason = await connect(url, sender, receiver, source);
          if (reason) {
            yield { engine: name, ...source, reason };
            break;
          }
          yield* run(url, sender, receiver, source, scenario, plan);
        }
      }
    } finally {
      await receiver.close();
      if (sender !== receiver) await sender.close();
    }
  }
}

/** Opens the pages and has the receiver's record a stream of this source; returns the reason if it can't. */
async function connect(url: string, sender: Engine, receiver: Engine, source: Source): Promise<string | undefined> {
  await open(url, sender);
  if (sender !== receiver) await open(url, receiver);
  const { path, codec } = source;
  if (path === 'local') {
    if (!(await receiver.evaluate(() => sync.canSend()))) return 'no tracks that a page can write';
    await receiver.evaluate(() => sync.local());
    return;
  }
  for (const engine of [sender, receiver])
    if (!(await engine.evaluate((codec) => sync.canConnect(codec), codec!)))
      return `${engine.name} has no connection with ${codec}`;
  const offer = await sender.evaluate((codec) => sync.offer(codec), codec!);
  const answer = await receiver.evaluate((offer) => sync.answer(offer), offer);
  await sender.evaluate((answer) => sync.accept(answer), answer);
  return;
}

async function open(url: string, engine: Engine): Promise<void> {
  await engine.open(url);
  while (!(await engine.evaluate(() => 'sync' in globalThis))) await sleep(50);
}

async function* run(
  url: string,
  sender: Engine,
  receiver: Engine,
  source: Source,
  name: ScenarioName,
  { seconds, count }: Plan,
): AsyncGenerator<Measurement | Absence> {
  const scenario: Scenario = SCENARIOS[name](seconds, count);
  const start = () => Math.ceil((Date.now() + AHEAD_MS) / 1000) * 1000;
  const from = (start: number) => ({ scenario, start, end: start + scenario.recorded[1] * 1000 + AFTER_MS });
  const sending = source.path === 'local' ? receiver : sender;
  if (scenario.crashes) {
    const one = from(start());
    await Promise.all([
      sending.evaluate((one) => sync.send(one), one),
      receiver.evaluate((one) => sync.leave(one), one),
    ]);
    await connect(url, sender, receiver, source);
  }
  const one = from(start());
  const [sent, files] = await Promise.all([
    sending.evaluate((one) => sync.send(one), one),
    receiver.evaluate((one) => sync.record(one), one),
  ]);
  for (const [recorder, bytes] of Object.entries(files)) {
    const what = { engine: receiver.name, ...source, recorder, scenario: name };
    const path = join(
      FILES,
      `${Object.values(what).filter(Boolean).join('-')}.${bytes.startsWith('GkXf') ? 'webm' : 'mp4'}`,
    );
    writeFileSync(path, Buffer.from(bytes, 'base64'));
    const { flashes, beeps, hasSound } = decode(path);
    const offsets = offsetsOf(flashes, beeps);
    console.error(`${path}: ${offsets.map(Math.round).join(' ')}`);
    if (offsets.length === 0) {
      const reason = hasSound ? `no beep is near one of the ${flashes.length} flashes` : 'the file has no sound';
      yield { ...what, flashes: 0, reason };
    } else
      yield {
        ...what,
        flashes: offsets.length,
        expected: flashesOf(scenario),
        ...summaryOf(offsets),
        sender_ms: summaryOf(sent).mean_ms,
      };
  }
}
