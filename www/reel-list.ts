import { download, reels, type Reel } from 'trackreel';
import { element, setText } from './elements.js';
import { clockTime, codecName, dateTime, fileSize, pictureSize } from './format.js';
import { showError, showStatus } from './messages.js';

const list = element('reels', HTMLUListElement);
const empty = element('no-reels', HTMLElement);
const heading = element('reels-heading', HTMLElement);

interface Row {
  item: HTMLLIElement;
  show(reel: Reel, live: boolean): void;
}

/** What the list needs to know of the recording that is on. */
export interface ReelListOptions {
  /** The id of the reel that this page is recording now. */
  liveReel(): string | undefined;
  onDelete(id: string): void;
  /** Whether a reel can be gone on with now. */
  canContinue(): boolean;
  onContinue(reel: Reel): Promise<void>;
}

/** The list of what is on disk. Rows are kept between refreshes, so that focus stays where it is. */
export class ReelList {
  readonly #options: ReelListOptions;
  readonly #rows = new Map<string, Row>();
  #found: Reel[] = [];
  #refreshes = 0;
  #refreshing = false;

  constructor(options: ReelListOptions) {
    this.#options = options;
  }

  /** Reads the store anew, and gives what is in it. */
  async refresh(): Promise<Reel[]> {
    const refresh = ++this.#refreshes;
    this.#refreshing = true;
    try {
      const found = await reels.list();
      // A later refresh knows better.
      if (refresh === this.#refreshes) this.#show(found);
      return found;
    } finally {
      if (refresh === this.#refreshes) this.#refreshing = false;
    }
  }

  /** Shows how far the reel has come that is being recorded. It is on disk, and in the list, some time after the start. */
  update(reel: Reel): void {
    const row = this.#rows.get(reel.id);
    if (row) row.show(reel, reel.id === this.#options.liveReel());
    else if (!this.#refreshing) this.refresh().catch(showError);
  }

  /** Shows anew what can be done with what was found. */
  render(): void {
    for (const reel of this.#found) this.#rows.get(reel.id)?.show(reel, reel.id === this.#options.liveReel());
  }

  #show(found: Reel[]): void {
    this.#found = found;
    const ids = new Set(found.map((reel) => reel.id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.item.remove();
      this.#rows.delete(id);
    }
    found.forEach((reel, i) => {
      let row = this.#rows.get(reel.id);
      if (!row) this.#rows.set(reel.id, (row = this.#rowFor(reel)));
      row.show(reel, reel.id === this.#options.liveReel());
      if (list.children[i] !== row.item) list.insertBefore(row.item, list.children[i] ?? null);
    });
    empty.hidden = found.length > 0;
  }

  #rowFor(reel: Reel): Row {
    const options = this.#options;
    const item = document.createElement('li');
    item.dataset['reel'] = reel.id;
    const title = document.createElement('strong');
    title.textContent = dateTime(reel.createdAt);
    const badge = document.createElement('span');
    badge.className = 'badge';
    const facts = document.createElement('span');
    facts.className = 'facts';
    const go = button('Continue', `Continue the reel of ${title.textContent}`, () => options.onContinue(reel));
    const save = button('Download', `Download the reel of ${title.textContent}`, () => this.#download(reel));
    const remove = button('Delete', `Delete the reel of ${title.textContent}`, () => this.#delete(reel));
    remove.className = 'danger';
    const about = document.createElement('div');
    about.append(title, badge, facts);
    const actions = document.createElement('div');
    actions.className = 'actions';
    actions.append(go, save, remove);
    item.append(about, actions);
    return {
      item,
      show(now, live) {
        setText(badge, live ? 'recording' : BADGES[now.state]);
        setText(facts, factsOf(now));
        go.hidden = live || now.state !== 'interrupted';
        go.disabled = !options.canContinue();
        save.disabled = now.frames === 0;
        remove.disabled = live || now.state === 'live';
      },
    };
  }

  async #download(reel: Reel): Promise<void> {
    const blob = await reel.export();
    showStatus(`Saved ${download(blob)}, ${fileSize(blob.size)}.`);
    await this.refresh();
  }

  async #delete(reel: Reel): Promise<void> {
    const position = Array.prototype.indexOf.call(list.children, this.#rows.get(reel.id)?.item);
    await reel.delete();
    this.#options.onDelete(reel.id);
    await this.refresh();
    showStatus(`Deleted the reel of ${dateTime(reel.createdAt)}.`);
    // The focused button went with the row: go on with the next row, or from the heading.
    const next = list.children[Math.min(position, list.children.length - 1)];
    (next?.querySelector<HTMLButtonElement>('button.danger:enabled') ?? heading).focus({ preventScroll: true });
  }
}

const BADGES: Record<Reel['state'], string> = {
  live: 'recording in another tab',
  complete: '',
  interrupted: 'interrupted',
  damaged: 'damaged',
};

function button(text: string, label: string, act: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.setAttribute('aria-label', label);
  made.addEventListener('click', () => act().catch(showError));
  return made;
}

function factsOf({ duration, bytes, width, height, codec, frames, state }: Reel): string {
  if (state === 'damaged') return 'it can’t be read any more';
  if (frames === 0) return 'nothing in it yet';
  return [clockTime(duration), fileSize(bytes), pictureSize(width, height), codecName(codec)].join(' · ');
}
