import { errorOf } from './errors.js';
import type { RecorderOptions } from './types.js';

/** The variables, as src/options.rs knows them too, behind any prefix that a bundler asks for. */
export const VARIABLE = /^(?:[A-Z\d_]*_)?(RECORDING_(?:ENABLED|MAX_LENGTH|MAX_FPS|STARTUP_CLEANUP_ENABLED))$/;

/**
 * Reads options from a bundler's environment, for a {@link Recorder}.
 *
 * They can be spread among other options, which then win:
 *
 * ```ts
 * new Recorder(stream, { ...optionsFromEnv(import.meta.env), maxFps: 25 });
 * ```
 *
 * | variable | sets | default |
 * |---|---|---|
 * | `RECORDING_ENABLED` | {@link RecorderOptions.enabled} | `true` |
 * | `RECORDING_MAX_LENGTH` | {@link RecorderOptions.maxLength} | `1h` |
 * | `RECORDING_MAX_FPS` | {@link RecorderOptions.maxFps} | `30` |
 * | `RECORDING_STARTUP_CLEANUP_ENABLED` | {@link RecorderOptions.startupCleanup} | `true` |
 *
 * Bundlers give a page only variables with a prefix, so `VITE_RECORDING_MAX_LENGTH` counts as well. A prefix has capital letters, digits
 * and underscores, and ends in an underscore. The name without a prefix wins, then the first. Other variables are ignored.
 *
 * {@link Recorder.start} checks the values, and its error names the variable. `Infinity` is refused: an environment can set a limit,
 * not remove it.
 *
 * @param env - `import.meta.env`, `process.env`, or an object like them
 * @throws OptionError `invalid-option` if it is no object
 */
export function optionsFromEnv(env: object): RecorderOptions {
  if (typeof env !== 'object' || env === null) {
    throw errorOf('invalid-option', `the environment must be an object, not ${String(env)}`);
  }
  const found = new Map<string, [name: string, value: unknown]>();
  for (const [name, value] of Object.entries(env)) {
    const variable = VARIABLE.exec(name)?.[1];
    if (variable === undefined || value === undefined) continue;
    if (name === variable || !found.has(variable)) found.set(variable, [name, value]);
  }
  return Object.fromEntries(found.values());
}
