import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { needsClick, hasEnded, pageFault, videoTrackOf } from '../../js/capture.js';
import { nameOf } from '../../js/errors.js';

const real = new Set<unknown>();

class FakeTrack {
  readonly kind: string;
  readyState = 'live';
  constructor(kind: string) {
    this.kind = kind;
    real.add(this);
  }
}

/** As a browser's, it refuses tracks that only look like some. */
class FakeStream {
  readonly #tracks: FakeTrack[];
  constructor(tracks: FakeTrack[] = []) {
    for (const track of tracks) if (!real.has(track)) throw new TypeError('this is no MediaStreamTrack');
    this.#tracks = tracks;
  }
  getTracks() {
    return this.#tracks;
  }
  getVideoTracks() {
    return this.#tracks.filter(({ kind }) => kind === 'video');
  }
}

beforeEach(() => void Object.assign(globalThis, { MediaStream: FakeStream, MediaStreamTrack: FakeTrack }));

afterEach(() => {
  for (const name of ['MediaStream', 'MediaStreamTrack']) Reflect.deleteProperty(globalThis, name);
});

const video = new FakeTrack('video');
const audio = new FakeTrack('audio');

test('the source is a video track, or a stream whose first video track is taken', () => {
  assert.equal(videoTrackOf(video), video);
  assert.equal(videoTrackOf(new FakeStream([audio, video, new FakeTrack('video')])), video);
  assert.equal(hasEnded(video as MediaStreamTrack), false);
  assert.equal(hasEnded({ readyState: 'ended' } as MediaStreamTrack), true);
});

test('any other source is refused by what it is', () => {
  const must = 'the source must be a MediaStream or a MediaStreamTrack, not';
  const unwrap = "is not the browser's: unwrap its proxy";
  const wrong: [source: unknown, message: string][] = [
    [undefined, `${must} undefined`],
    [null, `${must} null`],
    ['stream', `${must} a string`],
    [new Map(), `${must} Map`],
    [Object.create(null), `${must} an object`],
    [new FakeStream(), 'the stream has no video track'],
    [new FakeStream([audio]), 'the stream has no video track'],
    [audio, 'the track must be a video track, not audio'],
    [new Proxy(new FakeStream([video]), {}), `this FakeStream ${unwrap}`],
    [new Proxy(video, {}), `this FakeTrack ${unwrap}`],
    [{ kind: 'video', readyState: 'live' }, `this Object ${unwrap}`],
  ];
  for (const [source, message] of wrong) {
    assert.throws(() => videoTrackOf(source), { name: 'SourceError', code: 'invalid-source', message });
  }
});

test('a browser without tracks is unsupported', () => {
  Reflect.deleteProperty(globalThis, 'MediaStreamTrack');
  assert.throws(() => videoTrackOf(video), { name: 'UnsupportedError', code: 'unsupported' });
});

test('a value is named by its class or its type', () => {
  const values = [undefined, null, 'a', 1, () => {}, [], new Date(), {}];
  const names = ['undefined', 'null', 'a string', 'a number', 'a function', 'Array', 'Date', 'Object'];
  assert.deepEqual(values.map(nameOf), names);
});

// The error blamed missing Web Locks, or a worker that can't be loaded.
test('a page that can record nothing gets the reason', () => {
  const set = (name: 'isSecureContext', value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true });
  assert.equal(pageFault(), undefined);
  set('isSecureContext', false);
  assert.match(String(pageFault()), /^UnsupportedError: the page is not secure: it needs https/);
  set('isSecureContext', true);
  assert.equal(pageFault(), undefined);
  Reflect.deleteProperty(globalThis, 'isSecureContext');
});

test('a click is needed where the browser says so, or may say nothing', () => {
  const asked = (navigator: object) => {
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    const paths = [
      ['processor', 'processor'],
      ['worker-processor', 'worklet'],
      ['worker-processor', undefined],
      ['video', 'worklet'],
      ['video', undefined],
    ] as const;
    return paths
      .map(([path, audio]) => needsClick(path, audio))
      .map(Number)
      .join('');
  };
  const firefox = (blocked: string[]) => ({
    getAutoplayPolicy: (type: string) => (blocked.includes(type) ? 'disallowed' : 'allowed-muted'),
  });
  assert.equal(asked(firefox([])), '00000');
  assert.equal(asked(firefox(['audiocontext'])), '01010');
  assert.equal(asked(firefox(['audiocontext', 'mediaelement'])), '01011');
  assert.equal(asked({ userActivation: { isActive: false } }), '01010', 'Safari');
  assert.equal(asked({ userActivation: { isActive: true } }), '00000', 'Safari, in a click');
  Reflect.deleteProperty(globalThis, 'navigator');
});
