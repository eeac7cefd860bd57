import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsFromEnv } from '../../js/env.js';

test('the variables are found behind any bundler’s prefix, as they are, and no others', () => {
  const env = {
    MODE: 'production',
    DEV: false,
    RECORDING_CODEC: 'av1',
    vite_RECORDING_MAX_FPS: '1',
    VITE_RECORDING_MAX_LENGTH: ' 90 min ',
    RECORDING_MAX_FPS: 5,
    VITE_RECORDING_MAX_FPS: '60',
    RECORDING_ENABLED: undefined,
    'VITE-RECORDING_ENABLED': '0',
    VITERECORDING_ENABLED: '0',
    RECORDING_ENABLED_: '0',
  };
  const found: object = optionsFromEnv(env);
  assert.deepEqual(found, { VITE_RECORDING_MAX_LENGTH: ' 90 min ', RECORDING_MAX_FPS: 5 });
  assert.deepEqual(
    { ...found, maxFps: 15 },
    { VITE_RECORDING_MAX_LENGTH: ' 90 min ', RECORDING_MAX_FPS: 5, maxFps: 15 },
  );
  for (const prefix of ['', 'VITE_', 'NEXT_PUBLIC_', 'REACT_APP_', 'V2_', '_']) {
    const name = `${prefix}RECORDING_STARTUP_CLEANUP_ENABLED`;
    assert.deepEqual(optionsFromEnv({ [name]: '' }), { [name]: '' }, 'an empty one is for start() to refuse');
  }
});

test('the name without a prefix wins, then the first', () => {
  const [plain, vite, next] = ['RECORDING_MAX_FPS', 'VITE_RECORDING_MAX_FPS', 'NEXT_RECORDING_MAX_FPS'];
  assert.deepEqual(optionsFromEnv({ [vite]: '30', [plain]: 'fast' }), { [plain]: 'fast' });
  assert.deepEqual(optionsFromEnv({ [plain]: 'fast', [vite]: '30' }), { [plain]: 'fast' });
  assert.deepEqual(optionsFromEnv({ [next]: '25', [vite]: '30' }), { [next]: '25' });
  assert.deepEqual(optionsFromEnv({ [plain]: undefined, [vite]: '30' }), { [vite]: '30' });
});

test('what is no environment is refused', () => {
  for (const env of [undefined, null, 'RECORDING_ENABLED=0', 1]) {
    const error = {
      name: 'OptionError',
      code: 'invalid-option',
      message: `the environment must be an object, not ${env}`,
    };
    assert.throws(() => optionsFromEnv(env as unknown as object), error);
  }
});
