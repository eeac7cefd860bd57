import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import type { SoundBlock } from '../../js/sound-worklet.js';

interface Processor {
  port: FakePort;
  process(inputs: Float32Array[][]): boolean;
}

class FakePort {
  onmessage = (_event: { data: unknown }) => {};
  sent: SoundBlock[] = [];
  postMessage(block: SoundBlock, transfer: ArrayBuffer[]): void {
    this.sent.push(structuredClone(block, { transfer }));
  }
}

let Registered: new () => Processor;
let processor: Processor;
let worker: FakePort;
/** The worklet's clock, in samples, and the wall's, in milliseconds. */
const world = globalThis as unknown as { currentFrame: number };
let wall = 0;

before(async () => {
  const register = (_name: string, registered: typeof Registered) => (Registered = registered);
  const AudioWorkletProcessor = class {
    port = new FakePort();
  };
  Object.assign(globalThis, { AudioWorkletProcessor, registerProcessor: register, sampleRate: 48_000 });
  Date.now = () => wall;
  await import('../../js/sound-worklet.js');
});

beforeEach(() => {
  Object.assign(world, { currentFrame: 0 });
  processor = new Registered();
  worker = new FakePort();
  processor.port.onmessage({ data: worker });
});

/** Gives it samples of these channels, 128 at a time, each a value; the wall clock advances with them. */
function give(calls: number, channels: number, value: number): boolean {
  let isActive = true;
  for (let n = 0; n < calls; n++) {
    isActive = processor.process([Array.from({ length: channels }, () => new Float32Array(128).fill(value))]);
    world.currentFrame += 128;
    wall += 128 / 48;
  }
  return isActive;
}

const shapeOf = ({ planes, numberOfChannels, numberOfFrames, sampleRate, timestamp }: SoundBlock) => ({
  planes: planes.map((plane) => [plane.length, plane[0]]),
  described: [numberOfChannels, numberOfFrames, sampleRate],
  timestamp: Math.round(timestamp),
});

test('samples are sent in blocks of eight calls, one after another', () => {
  give(17, 2, 0.5);
  assert.deepEqual(worker.sent.map(shapeOf), [
    {
      planes: [
        [1024, 0.5],
        [1024, 0.5],
      ],
      described: [2, 1024, 48_000],
      timestamp: 0,
    },
    {
      planes: [
        [1024, 0.5],
        [1024, 0.5],
      ],
      described: [2, 1024, 48_000],
      timestamp: 21_333,
    },
  ]);
});

test('a block ends where the number of channels changes', () => {
  give(2, 1, 0.25);
  give(9, 2, 0.5);
  assert.deepEqual(worker.sent.map(shapeOf), [
    { planes: [[256, 0.25]], described: [1, 256, 48_000], timestamp: 0 },
    {
      planes: [
        [1024, 0.5],
        [1024, 0.5],
      ],
      described: [2, 1024, 48_000],
      timestamp: 5_333,
    },
  ]);
});

test('what has no channels is silence, of as many as before', () => {
  give(4, 2, 0.5);
  give(5, 0, 0);
  const [block] = worker.sent;
  assert.deepEqual(
    block!.planes.map((plane) => [plane[511], plane[512], plane[1023]]),
    [
      [0.5, 0, 0],
      [0.5, 0, 0],
    ],
  );
  assert.equal(worker.sent.length, 1);
});

// A phone rang: the sound after the call was ten seconds early.
test('the time for which the context was suspended is in the timestamps', () => {
  give(12, 1, 0.5);
  wall += 10_000;
  give(84, 1, 0.5);
  assert.deepEqual(
    worker.sent.slice(0, 4).map(({ timestamp, numberOfFrames }) => [Math.round(timestamp / 1000), numberOfFrames]),
    [
      [0, 1024],
      [21, 512],
      [10_032, 1024],
      [10_053, 1024],
    ],
  );
});

// A machine was busy for half a second, and the recording had half a second of silence.
test('a context that makes up for a stall has lost nothing', () => {
  give(16, 1, 0.5);
  wall += 500;
  // It gives what it owes at once.
  for (const still = wall; world.currentFrame < 16 * 128 + 24_000;) {
    give(1, 1, 0.5);
    wall = still;
  }
  give(90, 1, 0.5);
  const times = worker.sent.map(({ timestamp }) => timestamp);
  const steps = times.slice(1).map((time, n) => time - times[n]! - (worker.sent[n]!.numberOfFrames * 1e6) / 48_000);
  assert.ok(worker.sent.length > 30);
  assert.ok(
    steps.every((step) => Math.abs(step) < 1),
    String(steps),
  );
});

test('a context that is suspended twice has lost both times', () => {
  give(16, 1, 0.5);
  wall += 3_000;
  give(10, 1, 0.5);
  wall += 5_000;
  give(90, 1, 0.5);
  const times = worker.sent.map(({ timestamp }) => Math.round(timestamp / 1000));
  assert.deepEqual([times[0], times[1], times[2], times[4]], [0, 21, 3_043, 8_069]);
});

test('a thread that is a little late has lost nothing', () => {
  give(8, 1, 0.5);
  wall += 150;
  give(9, 1, 0.5);
  assert.deepEqual(
    worker.sent.map(({ timestamp }) => Math.round(timestamp / 1000)),
    [0, 21],
  );
});

test('it ends once the worker wants no more', () => {
  assert.equal(give(1, 1, 0.5), true);
  worker.onmessage({ data: null });
  assert.equal(give(1, 1, 0.5), false);
});
