import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../js/errors.js';
import { checkKinds } from '../../js/option-kinds.js';

test('names and types are checked before anything is loaded', () => {
  for (const [options, message] of [
    [null, 'the options must be an object, not null'],
    ['fast', 'the options must be an object, not a string'],
    [[30], 'the options must be an object, not Array'],
    [{ maxFPS: 30 }, 'maxFPS: 30 is not valid; it must be named maxFps'],
    [{ fps: 30 }, /^fps: 30 is not valid; it must be one of the options enabled, audio, .*, recoverFor$/],
    [{ toString: 30 }, /^toString: 30 is not valid; it must be one of the options/],
    [{ maxFps: '30' }, "maxFps: '30' is not valid; it must be a number"],
    [{ maxFps: () => 30 }, 'maxFps: a function is not valid; it must be a number'],
    [{ enabled: 'no' }, "enabled: 'no' is not valid; it must be a boolean"],
    [{ codec: 264 }, 'codec: 264 is not valid; it must be a string'],
    [{ codec: null }, 'codec: null is not valid; it must be a string'],
    [{ maxLength: true }, "maxLength: true is not valid; it must be a number of seconds or a string such as '30m'"],
    [{ RECORDINGS: 1 }, /^RECORDINGS: 1 is not valid/],
  ] as [unknown, string | RegExp][]) {
    const isIt = (error: unknown) =>
      error instanceof OptionError &&
      error.code === 'invalid-option' &&
      (message instanceof RegExp ? message.test(error.message) : error.message === message);
    assert.throws(() => checkKinds(options), isIt, String(message));
  }
});

test('values, what is undefined, and variables of an environment are for the start to check', () => {
  for (const options of [{}, { maxFps: -1, codec: 'theora', maxLength: 'soon', keepLast: 30 }, { freeze: undefined }])
    checkKinds(options);
  checkKinds({ RECORDING_ENABLED: 'no', VITE_RECORDING_MAX_LENGTH: '1h', NEXT_PUBLIC_RECORDING_MAX_FPS: 25 });
});
