import { errorOf, nameOf } from './errors.js';
import type { OptionEntry } from './messages.js';

/** Options as a list that a worker can receive whatever is in it, so that one place checks them all. */
export function entriesOf(options: unknown): OptionEntry[] {
  return Object.entries(optionsOf(options))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (typeof value === 'string') return { name, value, shown: `'${value}'` };
      if (typeof value === 'number' || typeof value === 'boolean') return { name, value, shown: String(value) };
      return { name, value: undefined, shown: value === null ? 'null' : `a value of type ${typeof value}` };
    });
}

/** Whatever JSON can hold, as the entry of its text. Nothing is an entry of what is not given. */
export function jsonEntry(name: string, value: unknown): OptionEntry[] {
  if (value === undefined) return [];
  const refused = { name, value: undefined, shown: nameOf(value) };
  try {
    const json: string | undefined = JSON.stringify(value);
    return [
      json === undefined ? refused : { name, value: json, shown: `${nameOf(value)} of ${json.length} characters` },
    ];
  } catch {
    // It refers to itself, or has a BigInt.
    return [refused];
  }
}

/** A copy of the options that a page gave, which may be anything. */
export function optionsOf<T>(options: T): T & object {
  if (typeof options !== 'object' || !options || Symbol.iterator in options) {
    throw errorOf('invalid-option', `the options must be an object, not ${nameOf(options)}`);
  }
  try {
    return { ...options };
  } catch (cause) {
    throw errorOf('invalid-option', `the options can't be read: ${cause}`, { cause });
  }
}
