import { errorOf } from './errors.js';

/** An address: a text, relative to the page's base, a URL, or what a Trusted Types policy made of one. */
export type Address = string | URL | TrustedAddress;

/**
 * A `TrustedScriptURL`, for pages that require them.
 *
 * @see https://www.w3.org/TR/trusted-types/#trusted-script-url
 */
export interface TrustedAddress {
  /** The address. */
  toString(): string;
  /** The same, for JSON. */
  toJSON(): string;
}

/** The files that trackreel loads by their address, when they are needed. */
export interface FileAddresses {
  /** `worker.js`, or `worker-without-openh264.js` for `trackreel/without-openh264`. */
  worker?: Address | undefined;
  /** `trackreel_bg.wasm`. Without an address it is expected beside the worker. */
  wasm?: Address | undefined;
  /** `openh264-worker.js`. */
  openH264Worker?: Address | undefined;
  /** `openh264.wasm`. Without an address it is expected beside that worker. */
  openH264Wasm?: Address | undefined;
  /** `aac-worker.js`. */
  aacWorker?: Address | undefined;
  /** `aac.wasm`. Without an address it is expected beside that worker. */
  aacWasm?: Address | undefined;
  /** `tap-worker.js`, which {@link tap} starts. */
  tapWorker?: Address | undefined;
  /** `sound-worklet.js`, which Firefox and Safari load to record sound. */
  soundWorklet?: Address | undefined;
}

const NAMES = ['worker', 'wasm', 'openH264Worker', 'openH264Wasm', 'aacWorker', 'aacWasm', 'tapWorker', 'soundWorklet'];

let located: FileAddresses = {};

/**
 * Sets the addresses of the files that trackreel loads, for a page that has them elsewhere, as on another origin.
 *
 * Call it first: it affects every worker that is started afterwards. A file that is not named stays as it was, and `undefined` restores its
 * default. All files must be of one version.
 *
 * ```ts
 * locate({ worker: '/trackreel/worker.js', openH264Worker: '/trackreel/openh264-worker.js' });
 * ```
 *
 * @throws OptionError `invalid-option` if a name or an address is not valid; then nothing changes
 */
export function locate(files: FileAddresses): void {
  if (typeof files !== 'object' || files === null) {
    throw errorOf('invalid-option', `the files must be an object, not ${String(files)}`);
  }
  const checked = Object.entries(files).map(([name, address]) => [name, check(name, address)]);
  located = { ...located, ...Object.fromEntries(checked) };
}

/** Where a file is, if it was said: absolute, and fit for `new Worker()` if it is a worker. @internal */
export function locationOf(name: keyof FileAddresses): string | undefined {
  return located[name] as string | undefined;
}

function check(name: string, address: Address | undefined): Address | undefined {
  if (!NAMES.includes(name)) throw errorOf('invalid-option', `no file is called '${name}', only ${NAMES.join(', ')}`);
  if (address === undefined) return undefined;
  const { trustedTypes } = globalThis as { trustedTypes?: { isScriptURL(value: unknown): boolean } };
  const isTrusted = trustedTypes?.isScriptURL(address);
  // A server that renders the page has none, and loads nothing.
  const base = globalThis.document?.baseURI ?? 'file:';
  const isAddress = typeof address === 'string' || address instanceof URL || isTrusted;
  // An empty one would be the page's own.
  const url = isAddress && `${address}` && parse(`${address}`, base);
  if (!url) {
    const shown = address === '' ? "''" : address;
    throw errorOf('invalid-option', `${name} must be the address of a file, not ${shown}`);
  }
  // Modules are fetched, which asks for no trust.
  if (!/worker$/i.test(name)) return url.href;
  if (isTrusted) return address;
  if (!globalThis.document || url.origin === location.origin || globalThis.origin === 'null') return url.href;
  // A worker can't be of another origin than the page, but import what is.
  return URL.createObjectURL(new Blob([`import ${JSON.stringify(url)}`], { type: 'text/javascript' }));
}

function parse(address: string, base: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}
