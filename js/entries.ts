import { errorOf } from './errors.js';
import type { OptionEntry } from './messages.js';

/** Options as a list that a worker can receive whatever is in it, so that one place checks them all. */
export function entriesOf(options: unknown): OptionEntry[] {
  if (typeof options !== 'object' || options === null) {
    throw errorOf('invalid-option', `the options must be an object, not ${String(options)}`);
  }
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (typeof value === 'string') return { name, value, shown: `'${value}'` };
      if (typeof value === 'number' || typeof value === 'boolean') return { name, value, shown: String(value) };
      return { name, value: undefined, shown: value === null ? 'null' : `a value of type ${typeof value}` };
    });
}
