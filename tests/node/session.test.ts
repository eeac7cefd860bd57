import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { errorOf } from '../../js/errors.js';
import type { Recorder, RecorderOptions } from '../../js/index.js';
import { IDLE, IDLE_STATE, RecordingSession } from '../../js/session.js';

/** A recorder whose starts and stops end when a test ends them. */
class FakeRecorder extends EventTarget {
  state: Recorder['state'] = 'inactive';
  progress = { ...IDLE, frozen: false };
  reel: { id: string } | undefined;
  readonly calls: string[] = [];
  track: unknown;
  readonly options: RecorderOptions;
  settle: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(track: unknown, options: RecorderOptions) {
    super();
    this.track = track;
    this.options = options;
  }

  start(reel?: { id: string } | string): Promise<void> {
    const id = typeof reel === 'string' ? reel : reel?.id;
    this.calls.push(id ? `start ${id}` : 'start');
    if (this.state !== 'inactive') return Promise.reject(errorOf('invalid-state', 'it is on'));
    this.state = 'starting';
    const settled = (state: 'recording' | 'inactive') => {
      this.state = state;
      if (state === 'inactive') return;
      this.reel = { id: id ?? 'new' };
      this.dispatchEvent(new CustomEvent('start'));
    };
    return new Promise<void>((resolve, reject) => (this.settle = { resolve, reject })).then(
      () => settled('recording'),
      (error) => {
        settled('inactive');
        throw error;
      },
    );
  }

  stop(): Promise<void> {
    this.calls.push('stop');
    this.state = 'stopping';
    return new Promise<void>((resolve, reject) => (this.settle = { resolve, reject })).finally(() => {
      this.state = 'inactive';
    });
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  async replaceTrack(track: unknown): Promise<void> {
    this.calls.push('replaceTrack');
    if (track === 'ended') throw errorOf('invalid-source', 'it has ended');
    this.track = track;
  }

  export(): Promise<unknown> {
    return this.settle ? Promise.resolve('a movie') : Promise.reject(errorOf('storage', 'no'));
  }
}

interface Fixture {
  session: RecordingSession;
  recorders: FakeRecorder[];
  events: string[];
}

function make(source: unknown = 'a track'): Fixture {
  const recorders: FakeRecorder[] = [];
  const events: string[] = [];
  class FakeSession extends RecordingSession {
    protected override newRecorder = (track: MediaStream, options: RecorderOptions) => {
      if (!track) throw errorOf('invalid-source', 'there is none');
      return recorders[recorders.push(new FakeRecorder(track, options)) - 1] as unknown as Recorder;
    };
  }
  const session = new FakeSession((event) => events.push(event.type));
  session.source = source as MediaStreamTrack;
  return { session, recorders, events };
}

/** A session that records. */
async function recording(): Promise<Fixture & { recorder: FakeRecorder }> {
  const fixture = make();
  const started = fixture.session.start();
  const recorder = fixture.recorders[0]!;
  recorder.settle!.resolve();
  await started;
  return { ...fixture, recorder };
}

test('a start makes a recorder of the source and the options at that time', async () => {
  const { session, recorders } = make();
  assert.equal(session.status(), IDLE);
  assert.equal(session.state(), IDLE_STATE);
  session.options = { maxFps: 5 };
  const started = session.start();
  assert.equal(session.state().state, 'starting', 'at once, so that a pause() on the next line finds it begun');
  session.pause();
  session.options = { maxFps: 6 };
  recorders[0]!.settle!.resolve();
  await started;
  assert.deepEqual([recorders[0]!.track, recorders[0]!.options], ['a track', { maxFps: 5 }]);
  assert.deepEqual(recorders[0]!.calls, ['start', 'pause']);
  await session.start();
  assert.equal(recorders.length, 1, 'a start while one is on does nothing');
});

test('a stop waits for the start before it, and a start for the stop', async () => {
  const { session, recorders } = make();
  const all = [session.start(), session.stop(), session.start()];
  assert.deepEqual(
    recorders.map(({ calls }) => calls),
    [['start']],
  );
  recorders[0]!.settle!.resolve();
  await setImmediate();
  assert.deepEqual(
    recorders.map(({ calls }) => calls),
    [['start', 'stop']],
  );
  recorders[0]!.settle!.resolve();
  await setImmediate();
  assert.deepEqual(
    recorders.map(({ calls }) => calls),
    [['start', 'stop'], ['start']],
  );
  recorders[1]!.settle!.resolve();
  await Promise.all(all);
  assert.equal(session.status().state, 'recording');
  assert.equal(session.status().recorder, recorders[1]);
});

test('pause, resume and stop do nothing while nothing is recorded', async () => {
  const { session, recorders, events } = make();
  session.pause();
  session.resume();
  await session.stop();
  assert.deepEqual([recorders, events], [[], []]);
});

test('another reel can’t be resumed during a recording, and the same may', async () => {
  const { session, recorder, events } = await recording();
  await session.start('new');
  await session.start({ id: 'new' } as never);
  await session.start({ reel: 'new' });
  // It was taken for another reel.
  await session.start({ signal: new AbortController().signal });
  assert.deepEqual([recorder.calls, session.state().error], [['start'], undefined]);
  await session.start('other');
  assert.equal(session.state().error?.code, 'invalid-state');
  assert.deepEqual(events, ['start', 'error']);
  assert.equal(session.state().recorder, recorder, 'the recording is still there');
});

test('a failure is a value, and what was recorded before it can still be exported', async () => {
  const { session, recorder, recorders, events } = await recording();
  const stopped = session.stop();
  recorder.settle!.resolve();
  await stopped;
  const again = session.start();
  recorders[1]!.settle!.reject(errorOf('unsupported', 'no encoder'));
  await again;
  assert.equal(session.state().error?.code, 'unsupported');
  assert.equal(session.state().recorder, recorder);
  assert.equal(await session.exportFile(), 'a movie');
  assert.equal(session.state().error, undefined, 'until the next start or export');
  session.source = undefined;
  await session.start();
  assert.equal(session.state().error?.code, 'invalid-source');
  assert.deepEqual(events, ['start', 'error', 'error']);
});

test('an export that fails is reported, unless its caller aborted it', async () => {
  const { session, recorder } = await recording();
  recorder.settle = undefined;
  assert.equal(await session.exportFile({ signal: AbortSignal.abort() }), undefined);
  assert.equal(session.state().error, undefined);
  assert.equal(await session.exportFile(), undefined);
  assert.equal(session.state().error?.code, 'storage');
  const { session: idle } = make();
  assert.equal(await idle.exportFile(), undefined);
  assert.equal(idle.state().error?.code, 'nothing-recorded');
});

test('a failure that an event reported is not reported again by the stop', async () => {
  const { session, recorder, events } = await recording();
  const stopped = session.stop();
  const quota = errorOf('quota', 'full');
  recorder.dispatchEvent(new CustomEvent('error', { detail: quota }));
  recorder.settle!.reject(errorOf('quota', 'full, again'));
  await stopped;
  assert.equal(session.state().error, quota);
  assert.deepEqual(events, ['start', 'error']);
});

test('another track ends the recording of the last one, and the same track does not', async () => {
  const { session, recorder } = await recording();
  session.source = 'a track' as never;
  assert.deepEqual(recorder.calls, ['start']);
  session.source = 'another track' as never;
  assert.deepEqual(recorder.calls, ['start', 'stop']);
});

test('what is no longer shown ends, and what is moved or mounted twice continues', async () => {
  const { session, recorder } = await recording();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(recorder.calls, ['start'], 'a session that was never held has nothing to leave');
  const first = session.hold();
  first();
  const second = session.hold();
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(recorder.calls, ['start'], 'held again within the task');
  second();
  assert.deepEqual(recorder.calls, ['start'], 'not at once');
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(recorder.calls, ['start', 'stop']);
});

test('a recording that starts when its component has gone already ends too', async () => {
  const { session, recorders } = make();
  const leave = session.hold();
  const started = session.start();
  leave();
  recorders[0]!.settle!.resolve();
  await started;
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(recorders[0]!.calls, ['start', 'stop']);
});

test('sound that takes the place of another keeps the picture for the next start', async () => {
  const track = (kind: string) => ({ kind }) as MediaStreamTrack;
  const [video, audio, later, other] = [track('video'), track('audio'), track('audio'), track('video')];
  const { session, recorders } = make();
  session.source = [video, audio];
  const started = session.start();
  recorders[0]!.settle!.resolve();
  await started;
  recorders[0]!.track = video;
  await session.replaceTrack(later);
  assert.deepEqual(session.source, [video, later]);
  recorders[0]!.track = video;
  // The same picture with a microphone that was allowed meanwhile.
  session.source = [video, audio];
  await setImmediate();
  assert.deepEqual(recorders[0]!.calls.slice(1), ['replaceTrack', 'replaceTrack']);
  await session.replaceTrack(other);
  assert.deepEqual(session.source, [other, audio]);
});

// A hook of a page without a camera ended each recording at the next render.
test('sound alone is a source', async () => {
  const [microphone, other] = [{ kind: 'audio' }, { kind: 'audio' }] as MediaStreamTrack[];
  const { session, recorders } = make();
  session.source = [microphone!];
  const started = session.start();
  recorders[0]!.settle!.resolve();
  await started;
  recorders[0]!.track = microphone;
  session.source = [microphone!];
  await setImmediate();
  assert.deepEqual(recorders[0]!.calls, ['start']);
  session.source = [other!];
  await setImmediate();
  assert.deepEqual(recorders[0]!.calls, ['start', 'stop']);
});

test('progress replaces the status and not the state', async () => {
  const { session, recorder } = await recording();
  let notifications = 0;
  const leave = session.subscribe(() => notifications++);
  const [status, state] = [session.status(), session.state()];
  recorder.progress = { ...recorder.progress, duration: 1.5, frames: 45 };
  recorder.reel = { id: 'new' };
  recorder.dispatchEvent(new CustomEvent('progress'));
  assert.deepEqual([session.status().duration, session.status().frames, notifications], [1.5, 45, 1]);
  assert.notEqual(session.status(), status);
  assert.equal(session.state(), state, 'another object of the same reel is no other state');
  recorder.progress = { ...recorder.progress, frozen: true };
  recorder.dispatchEvent(new CustomEvent('freeze'));
  assert.ok(session.state() !== state && session.state().frozen);
  leave();
  recorder.dispatchEvent(new CustomEvent('progress'));
  assert.equal(notifications, 2);
});

test('why a recording ended is kept until the next one begins', async () => {
  const { session, recorder, recorders } = await recording();
  recorder.state = 'inactive';
  recorder.dispatchEvent(new CustomEvent('stop', { detail: { reason: 'limit' } }));
  assert.equal(session.state().stopReason, 'limit');
  const again = session.start();
  assert.equal(session.state().stopReason, 'limit');
  recorders[1]!.settle!.resolve();
  await again;
  assert.equal(session.state().stopReason, undefined);
  recorder.dispatchEvent(new CustomEvent('stop', { detail: { reason: 'error' } }));
  assert.equal(session.state().stopReason, undefined, 'events of an earlier recorder are ignored');
});

// A component replaces the track, and then renders with the new one: that ended the recording.
test('a source that took the place of another is no other source', async () => {
  const { session, recorder } = await recording();
  await session.replaceTrack('screen' as never);
  session.source = 'screen' as never;
  assert.deepEqual([session.state().state, session.source], ['recording', 'screen']);
  await session.replaceTrack('ended' as never);
  assert.equal(session.state().error?.code, 'invalid-source');
  assert.deepEqual([session.state().state, session.source], ['recording', 'screen']);
  assert.deepEqual(recorder.calls, ['start', 'replaceTrack', 'replaceTrack']);
});

// `replaceTrack(next)` and `setStream(next)` in one handler.
test('a source is known from when it is to take the place of another', async () => {
  const { session, recorder } = await recording();
  const replaced = session.replaceTrack('screen' as never);
  session.source = 'screen' as never;
  await replaced;
  assert.deepEqual(recorder.calls, ['start', 'replaceTrack']);
  session.source = 'another' as never;
  assert.deepEqual(recorder.calls, ['start', 'replaceTrack', 'stop']);
});

test('a source that is replaced while nothing is recorded is that of the next start', async () => {
  const { session, recorders } = make('camera');
  await session.replaceTrack('screen' as never);
  void session.start();
  assert.equal(recorders[0]!.track, 'screen');
});
