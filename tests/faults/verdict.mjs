// What became of the reels after a kill.

/** Source pictures a second. */
const FPS = 30;

/** Gathers the reels that were found after each kill. */
export class Verdict {
  /** Why the run has failed. */
  problems = [];
  #lost = [];
  #unplayable = 0;
  #damaged = 0;
  /** The reels that may not change any more, by their names: their states and kinds, the hashes of their files, and their counters. */
  #known = new Map();
  /** The reel that is resumed. */
  #resumed;

  /** The hashes of the files that are known. */
  get hashes() {
    return [...this.#known.values()].map(({ hash }) => hash);
  }

  /** Takes these reels as they are. */
  keep(reels) {
    for (const { id, state, kind, hash } of reels) if (hash) this.#known.set(id, { state, kind, hash, counters: [] });
  }

  /** Notes that all reels were removed. */
  forget() {
    this.#known.clear();
  }

  /** The name of the reel of this kind that was interrupted last, to be resumed; none if there is none. */
  resume(wanted) {
    const isWanted = ([, { state, kind }]) => state === 'interrupted' && kind === wanted;
    const [id, { counters } = {}] = [...this.#known].findLast(isWanted) ?? [];
    this.#resumed = id && { id, counters };
    this.#known.delete(id);
    return id;
  }

  /**
   * Judges the reels after a kill.
   *
   * @param arrived - the counters of the frames that should have been recorded, in their order
   * @param movie - reads a file
   * @returns the last counter in the file, how many frames are missing before that, and how much is lost after it, in seconds
   */
  async judge({ found, arrived, movie }) {
    const hashes = new Map(found.map(({ id, hash }) => [id, hash]));
    const damaged = [...this.#known].filter(([id, { hash }]) => hashes.get(id) !== hash);
    for (const [id] of damaged) this.problems.push(`the reel ${id} is not what it was`);
    this.#damaged += damaged.length;

    const created = found.filter(({ id }) => !this.#known.has(id));
    if (created.length > 1) this.#spoil(`${created.length} reels were made by one recording`);
    const counters = created.length > 0 ? await this.#countersOf(created[0], movie) : [];
    const last = counters.at(-1) ?? null;
    // Without a file, all is lost that arrived.
    const lost = arrived.length > 0 ? Math.max(0, arrived.at(-1) - (last ?? arrived[0] - 1)) / FPS : 0;
    this.#lost.push(lost);
    if (created.length === 0 && (lost > 1 || this.#resumed)) this.#spoil(`nothing is left of ${lost.toFixed(2)} s`);
    const inFile = new Set(counters);
    const missing = arrived.filter((counter) => counter < last && !inFile.has(counter)).length;
    if (missing > FPS) this.#spoil(`${missing} frames are missing within the reel ${created[0].id}`);
    this.#resumed = undefined;
    return { last, missing, lost };
  }

  /** The counters that the recording added to a reel; none if that does not play. */
  async #countersOf({ id, state, kind, hash, file, decoded, problem }, movie) {
    try {
      if (problem) throw new Error(problem);
      const { counters } = await movie(Buffer.from(file, 'base64'));
      this.#known.set(id, { state, kind, hash, counters });
      if (counters.length === 0) throw new Error('there is no picture in it');
      if (decoded !== counters.length) throw new Error(`the browser decodes ${decoded} of ${counters.length} pictures`);
      const before = this.#resumed?.id === id ? this.#resumed.counters : [];
      const added = counters.slice(before.length);
      const stays = before.every((counter, i) => counter === counters[i]);
      const rises = added.every((counter, i) => counter !== null && (i === 0 || counter > added[i - 1]));
      if (!stays || !rises) throw new Error(`its counters are ${counters.join(' ')}, after ${before.join(' ')}`);
      return added;
    } catch ({ message }) {
      this.#spoil(`the reel ${id} does not play: ${message}`);
      return [];
    }
  }

  #spoil(problem) {
    this.#unplayable++;
    this.problems.push(problem);
  }

  /** The metrics of all kills. */
  metrics() {
    const sorted = this.#lost.toSorted((a, b) => a - b);
    const middle = sorted.length / 2;
    const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
    const rounded = (seconds) => Number(seconds.toFixed(3));
    return {
      kills: sorted.length,
      lost_s_max: rounded(sorted.at(-1)),
      lost_s_median: rounded(median),
      unplayable: this.#unplayable,
      other_reels_damaged: this.#damaged,
    };
  }
}
