import { VARIABLE } from './env.js';
import { errorOf, nameOf } from './errors.js';
import { optionsOf } from './option-entries.js';
import type { RecorderOptions } from './types.js';

/** What an option is, as `typeof` has it; a duration is a number or a string. */
type Kind = 'boolean' | 'number' | 'string' | 'duration';

const KINDS: Record<keyof RecorderOptions, Kind> = {
  enabled: 'boolean',
  audio: 'boolean',
  audioCodec: 'string',
  audioBitrate: 'number',
  maxLength: 'duration',
  maxBytes: 'number',
  onLimit: 'string',
  maxFps: 'number',
  source: 'string',
  keyFrameInterval: 'duration',
  container: 'string',
  codec: 'string',
  encoder: 'string',
  width: 'number',
  height: 'number',
  maxHeight: 'number',
  quality: 'string',
  bitrate: 'number',
  freeze: 'string',
  freezeAfter: 'duration',
  minShown: 'duration',
  keepLast: 'duration',
  storage: 'string',
  persist: 'boolean',
  startupCleanup: 'boolean',
  recoverFor: 'duration',
};

/**
 * Checks names and types before anything is loaded. Values are checked by src/options.rs, and so is what comes from an environment.
 *
 * @throws OptionError `invalid-option` for the first that is wrong
 */
export function checkKinds(options: unknown): void {
  for (const [name, value] of Object.entries(optionsOf(options))) {
    if (value === undefined || VARIABLE.test(name)) continue;
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof RecorderOptions] : undefined;
    const type = typeof value;
    if (kind && (type === kind || (kind === 'duration' && (type === 'number' || type === 'string')))) continue;
    const names = Object.keys(KINDS);
    const near = names.find((known) => known.toLowerCase() === name.toLowerCase());
    const accepted = kind
      ? `a ${kind === 'duration' ? "number of seconds or a string such as '30m'" : kind}`
      : near
        ? `named ${near}`
        : `one of the options ${names.join(', ')}`;
    const shown = type === 'string' ? `'${value}'` : type === 'number' || type === 'boolean' ? value : nameOf(value);
    throw errorOf('invalid-option', `${name}: ${shown} is not valid; it must be ${accepted}`);
  }
}
