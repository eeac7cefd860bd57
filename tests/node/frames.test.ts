import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_WAITING } from '../../js/capture.js';
import { framesFrom } from '../../js/frames.js';
import type { Shown } from '../../js/shown.js';

/** A page's end of a port, whose messages arrive at once. */
function make() {
  const port = Object.create(MessagePort.prototype);
  const page = { asked: 0, isClosed: false, open: new Set<number>(), missed: 0 };
  const own = {
    onmessage: { value: null as ((event: { data: unknown }) => void) | null, writable: true },
    postMessage: { value: () => page.asked++ },
    close: { value: () => (page.isClosed = true) },
  };
  Object.defineProperties(port, own);
  const frames = framesFrom(
    port,
    (missed) => (page.missed += missed),
    () => {},
  ) as ReadableStream<Shown>;
  const send = (rtp: number, missed = 0) => {
    page.open.add(rtp);
    const frame = { close: () => page.open.delete(rtp) };
    port.onmessage({ data: { frame, rtp, arrived: performance.timeOrigin + rtp, missed } });
  };
  const ask = (isHidden: boolean) => port.onmessage({ data: { ask: isHidden } });
  return { page, send, ask, reader: frames.getReader(), port };
}

test('pictures come in their order, before and after they are wanted, in the worker’s time', async () => {
  const { send, reader, page } = make();
  send(1);
  send(2, 3);
  assert.equal((await reader.read()).value!.rtp, 1);
  const { value } = await reader.read();
  assert.deepEqual([value!.rtp, Math.round(value!.arrived), page.missed], [2, 2, 3]);
  const wanted = reader.read();
  send(3);
  assert.equal((await wanted).value!.rtp, 3);
});

test('a worker that is busy drops the oldest pictures, closes them and counts them', async () => {
  const { send, reader, page } = make();
  for (let rtp = 0; rtp < MAX_WAITING + 5; rtp++) send(rtp);
  assert.deepEqual([page.open.size, page.missed], [MAX_WAITING, 5]);
  assert.equal((await reader.read()).value!.rtp, 5);
});

test('what waits at the end is closed, and so is the port', async () => {
  const { send, reader, page, port } = make();
  send(1);
  send(2);
  await reader.cancel();
  assert.deepEqual([page.open.size, page.isClosed, port.onmessage], [0, true, null]);
});

test('a hidden page is asked for pictures until it is shown again, or the end', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { ask, reader, page } = make();
  ask(true);
  t.mock.timers.tick(100);
  assert.equal(page.asked, 3);
  ask(true);
  ask(false);
  t.mock.timers.tick(100);
  assert.equal(page.asked, 3);
  ask(true);
  t.mock.timers.tick(34);
  assert.equal(page.asked, 4);
  await reader.cancel();
  t.mock.timers.tick(100);
  assert.equal(page.asked, 4);
});
