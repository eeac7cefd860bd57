import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { audioTrackOf, isSound, leadingTrackOf } from '../../js/source.js';

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

test('of a track, a stream or a list the first video track leads, or the first audio track where there is none', () => {
  assert.equal(leadingTrackOf(video), video);
  assert.equal(leadingTrackOf(new FakeStream([audio, video, new FakeTrack('video')])), video);
  assert.equal(leadingTrackOf([audio, video]), video);
  for (const source of [audio, [audio], new FakeStream([audio, new FakeTrack('audio')])]) {
    assert.equal(leadingTrackOf(source), audio);
  }
});

test('any other source is refused by what it is', () => {
  const must = 'the source must be a MediaStream, a MediaStreamTrack or an array of tracks, not';
  const unwrap = "is not the browser's: unwrap its proxy";
  const wrong: [source: unknown, message: string][] = [
    [undefined, `${must} undefined`],
    [null, `${must} null`],
    ['stream', `${must} a string`],
    [new Map(), `${must} Map`],
    [Object.create(null), `${must} an object`],
    [new FakeStream(), 'there is no track in the stream'],
    [[], 'there is no track in the list'],
    [['video'], `${must} Array`],
    [new Proxy(new FakeStream([video]), {}), `this FakeStream ${unwrap}`],
    [new Proxy(video, {}), `this FakeTrack ${unwrap}`],
    [[new Proxy(video, {})], `this Array ${unwrap}`],
    [{ kind: 'video', readyState: 'live' }, `this Object ${unwrap}`],
  ];
  for (const [source, message] of wrong) {
    assert.throws(() => leadingTrackOf(source), { name: 'SourceError', code: 'invalid-source', message });
  }
});

test('a browser without tracks is unsupported', () => {
  Reflect.deleteProperty(globalThis, 'MediaStreamTrack');
  assert.throws(() => leadingTrackOf(video), { name: 'UnsupportedError', code: 'unsupported' });
});

test('sound is the first audio track that has not ended', () => {
  const ended = Object.assign(new FakeTrack('audio'), { readyState: 'ended' });
  const asked = [audio, [video, ended, audio], new FakeStream([ended, audio]), [video], ended, new FakeStream()];
  assert.deepEqual(
    asked.map((source) => audioTrackOf(source as unknown as MediaStream)),
    [audio, audio, audio, undefined, undefined, undefined],
  );
  assert.deepEqual([...asked, [ended, audio]].map(isSound), [true, false, true, false, true, false, true]);
});
