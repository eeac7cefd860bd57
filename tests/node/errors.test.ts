import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as errors from '../../js/errors.js';
import { LABELS } from '../../js/controls/labels.js';

const CLASSES: Record<errors.ErrorCode, typeof errors.TrackreelError> = {
  'invalid-source': errors.SourceError,
  'invalid-option': errors.OptionError,
  'invalid-state': errors.StateError,
  disabled: errors.DisabledError,
  'nothing-recorded': errors.StateError,
  'no-such-reel': errors.StateError,
  unsupported: errors.UnsupportedError,
  'encoder-lost': errors.EncoderError,
  quota: errors.StorageError,
  storage: errors.StorageError,
  'worker-lost': errors.WorkerError,
  // Its class is in trackreel/upload.
  upload: errors.TrackreelError,
};

test('each code has its class, and a page can distinguish them', () => {
  for (const [code, type] of Object.entries(CLASSES) as [errors.ErrorCode, typeof errors.TrackreelError][]) {
    const cause = new Error('why');
    const error = errors.errorOf(code, 'what', { cause });
    assert.ok(error instanceof type && error instanceof errors.TrackreelError && error instanceof Error, code);
    assert.equal(error.constructor, type);
    const name = code === 'upload' ? 'UploadError' : type.name;
    assert.deepEqual([error.name, error.code, error.message, error.cause], [name, code, 'what', cause]);
  }
});

test('the element has words for every failure', () => {
  for (const code of Object.keys(CLASSES) as errors.ErrorCode[]) {
    assert.match(LABELS.error(errors.errorOf(code, 'the reason')), /^[A-Z].+[.]$/, code);
  }
  assert.equal(LABELS.error(errors.errorOf('worker-lost', 'the reason')), 'That failed: the reason.');
});
