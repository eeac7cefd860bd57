import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsClick, hasEnded, pageFault } from '../../js/capture.js';
import { nameOf } from '../../js/errors.js';

test('a track has ended once it reports it', () => {
  assert.equal(hasEnded({ readyState: 'live' } as MediaStreamTrack), false);
  assert.equal(hasEnded({ readyState: 'ended' } as MediaStreamTrack), true);
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

test('a click is needed where the browser reports it, or may report nothing', () => {
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
