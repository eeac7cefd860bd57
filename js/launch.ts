/** A worker, and the address of its file. */
export interface Launched {
  worker: Worker;
  address: string;
}

/** What a page can do about a worker that can't be loaded. @internal */
export const HINT = 'locate() sets its address';

/** The message for a worker that can't be loaded, for which the browser gives no reason. */
const NOT_LOADED = `it could not be loaded, the browser's console has the reason; ${HINT}`;

/** How long a server may take to answer what is wrong with a file, in milliseconds. */
const PATIENCE_MS = 2000;

/**
 * Starts a worker. A page without an origin, as that of a sandboxed frame, may have none of a server's, but one that imports it. Of a
 * `blob:` address, Chromium takes no module there.
 *
 * @see https://html.spec.whatwg.org/#sandboxed-origin-browsing-context-flag
 * @internal
 */
export function launch(start: () => Worker): Launched {
  const { Worker } = globalThis;
  let address = '';
  // Only the constructor sees the address that a bundler has made.
  const isSet = Reflect.set(
    globalThis,
    'Worker',
    class extends Worker {
      constructor(at: string | URL, options?: WorkerOptions) {
        address = String(at);
        super(globalThis.origin === 'null' ? importing(address, options) : at, options);
      }
    },
  );
  try {
    return { worker: start(), address };
  } finally {
    if (isSet) globalThis.Worker = Worker;
  }
}

function importing(address: string, options?: WorkerOptions): string {
  const file = JSON.stringify(address);
  const script = options?.type === 'module' ? `import ${file}` : `importScripts(${file})`;
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

/** Why a worker could not be loaded, which the browser does not say. @internal */
export async function reasonOf(address: string): Promise<string> {
  const fault = await faultOf(address);
  return fault ? `${fault}; ${HINT}` : NOT_LOADED;
}

/** What is wrong with the file at this address; nothing if that can't be found out. */
async function faultOf(address: string): Promise<string | undefined> {
  // Not every page lets its Worker be looked at.
  if (!address) return undefined;
  try {
    const { ok, status, headers } = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const type = headers.get('Content-Type');
    if (!ok) return `${address}: ${status}`;
    // A server of a single page answers with that page.
    return type?.includes('script') === false ? `${address} is ${type}, not a script` : undefined;
  } catch {
    return undefined;
  }
}
