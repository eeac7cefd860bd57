import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf } from '../../js/option-entries.js';

test('options become entries that a worker can receive, whatever is in them', () => {
  const options = {
    maxLength: '1h',
    maxFps: NaN,
    bitrate: 5e5,
    enabled: false,
    codec: undefined,
    freeze: null,
    quality: { max: 1 },
    keepLast: () => 30,
    minShown: 1n,
    persist: Symbol('persist'),
  };
  const entries = entriesOf(options);
  assert.deepEqual(entries, [
    { name: 'maxLength', value: '1h', shown: "'1h'" },
    { name: 'maxFps', value: NaN, shown: 'NaN' },
    { name: 'bitrate', value: 500_000, shown: '500000' },
    { name: 'enabled', value: false, shown: 'false' },
    { name: 'freeze', value: undefined, shown: 'null' },
    { name: 'quality', value: undefined, shown: 'a value of type object' },
    { name: 'keepLast', value: undefined, shown: 'a value of type function' },
    { name: 'minShown', value: undefined, shown: 'a value of type bigint' },
    { name: 'persist', value: undefined, shown: 'a value of type symbol' },
  ]);
  assert.deepEqual(structuredClone(entries), entries);
  assert.deepEqual(entriesOf({}), []);
});

test('what is no object with names is refused', () => {
  const wrong: [options: unknown, name: string][] = [
    ['fast', 'a string'],
    [30, 'a number'],
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'a boolean'],
    [[], 'Array'],
    [new Map([['maxFps', 30]]), 'Map'],
    [new Set(), 'Set'],
  ];
  for (const [options, name] of wrong) {
    const message = `the options must be an object, not ${name}`;
    assert.throws(() => entriesOf(options), { name: 'OptionError', code: 'invalid-option', message });
  }
});

test('an option that throws when it is read is refused with the reason', () => {
  const options = {
    get maxFps(): number {
      throw new RangeError('not yet');
    },
  };
  assert.throws(() => entriesOf(options), {
    code: 'invalid-option',
    message: "the options can't be read: RangeError: not yet",
  });
});
