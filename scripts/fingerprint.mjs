// Detects whether a build is still up to date.
import { createHash } from 'node:crypto';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Stores the hashes of a build's inputs and outputs. */
export class Fingerprint {
  #inputs;
  #file;
  #outputs;

  /**
   * @param file - where it is remembered
   * @param inputs - the files and folders that the build reads
   * @param outputs - those that it writes
   * @param settings - what else it depends on
   */
  static async of({ file, inputs, outputs, settings }) {
    const fingerprint = new Fingerprint();
    fingerprint.#file = file;
    fingerprint.#outputs = outputs;
    fingerprint.#inputs = JSON.stringify([settings, await hashOf(inputs)]);
    return fingerprint;
  }

  /** Whether the outputs are there, as they were made of just this. */
  async isFresh() {
    const remembered = await readFile(this.#file, 'utf8').catch(() => '');
    return remembered === (await this.#text());
  }

  /** Stores the current hashes. */
  async remember() {
    await writeFile(this.#file, await this.#text());
  }

  async #text() {
    return `${this.#inputs}\n${await hashOf(this.#outputs)}\n`;
  }
}

async function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) await add(hash, path);
  return hash.digest('hex');
}

async function add(hash, path) {
  const found = await stat(path).catch(() => undefined);
  if (!found) return;
  if (found.isDirectory()) {
    for (const name of (await readdir(path)).sort()) await add(hash, join(path, name));
  } else {
    hash
      .update(`${path}\0`)
      .update(await readFile(path))
      .update('\0');
  }
}
