import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { fileName } from '../../js/download.js';

/** A tab's storage. */
class Storage {
  readonly entries = new Map<string, string>();
  getItem = (key: string) => this.entries.get(key) ?? null;
  setItem = (key: string, value: string) => void this.entries.set(key, value);
}

const KEY = 'trackreel.fileNames';

function give(storage: object | undefined): void {
  Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true });
}

afterEach(() => Reflect.deleteProperty(globalThis, 'localStorage'));

/** The names of two files of this second. */
function names(second: number): string[] {
  return [1, 2].map(() => fileName(new Date(2026, 10, 22, 14, 3, second, 500)));
}

test('a name ends as its type does', () => {
  give(undefined);
  const types = ['video/mp4', 'audio/mp4', 'video/webm', 'audio/webm', 'text/vtt'];
  const endings = types.map((type) => fileName(new Date(0), type).split('.')[1]);
  assert.deepEqual(endings, ['mp4', 'm4a', 'webm', 'webm', 'vtt']);
});

test('names within a second differ, also from those of another tab or an earlier load of the page', () => {
  const storage = new Storage();
  give(storage);
  assert.deepEqual(names(1), ['recording-2026-11-22T14-03-01.mp4', 'recording-2026-11-22T14-03-01-2.mp4']);
  storage.setItem(KEY, JSON.stringify([['recording-2026-11-22T14-03-01.mp4', 7]]));
  assert.deepEqual(names(1), ['recording-2026-11-22T14-03-01-8.mp4', 'recording-2026-11-22T14-03-01-9.mp4']);
  assert.deepEqual(names(2), ['recording-2026-11-22T14-03-02.mp4', 'recording-2026-11-22T14-03-02-2.mp4']);
});

test('names within a second differ where what is stored is damaged, and where there is no storage', () => {
  const storage = new Storage();
  give(storage);
  names(3);
  storage.setItem(KEY, '{');
  assert.deepEqual(names(3), ['recording-2026-11-22T14-03-03-3.mp4', 'recording-2026-11-22T14-03-03-4.mp4']);
  storage.setItem(KEY, '[["recording-2026-11-22T14-03-03.mp4","many"]]');
  assert.deepEqual(names(3)[0], 'recording-2026-11-22T14-03-03.mp4', 'another program’s entry is no count');
  const refuses = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  give({ getItem: refuses, setItem: refuses });
  assert.deepEqual(names(4), ['recording-2026-11-22T14-03-04.mp4', 'recording-2026-11-22T14-03-04-2.mp4']);
  give(undefined);
  assert.deepEqual(names(4), ['recording-2026-11-22T14-03-04-3.mp4', 'recording-2026-11-22T14-03-04-4.mp4']);
});

test('a name that was given is not given again when others came between, and its subtitles have the same name', () => {
  give(new Storage());
  assert.equal(names(5)[1], 'recording-2026-11-22T14-03-05-2.mp4');
  for (let other = 0; other < 40; other++) names(other + 10);
  assert.equal(names(5)[0], 'recording-2026-11-22T14-03-05-3.mp4');
  assert.equal(fileName(new Date(2026, 10, 22, 14, 3, 5), 'text/vtt'), 'recording-2026-11-22T14-03-05.vtt');
});

test('a time that is none is the present one', () => {
  give(undefined);
  assert.match(fileName(new Date(NaN)), /^recording-20\d\d-\d\d-\d\dT\d\d-\d\d-\d\d\.mp4$/);
});

test('sound alone has a name of its kind', () => {
  give(undefined);
  const name = fileName(new Date(2026, 10, 22, 14, 3, 9), 'audio/mp4');
  assert.equal(name, 'recording-2026-11-22T14-03-09.m4a');
});
