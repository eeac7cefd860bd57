import { reels, type Reel } from 'trackreel';
import { confirmFirst } from './confirm.js';
import { button, element, onClick, setText } from './elements.js';
import { clockTime, codecName, dateTime, fileSize, pictureSize } from './format.js';
import { showError, showStatus } from './messages.js';
import { dropPoster, posterOf } from './posters.js';

const list = element('reels', HTMLUListElement);
const empty = element('no-reels', HTMLElement);
const heading = element('reels-heading', HTMLElement);

interface Card {
  item: HTMLLIElement;
  show(reel: Reel, live: boolean): void;
}

/** What the list needs of the current recording. */
export interface ReelListOptions {
  /** The id of the reel that this page is recording now. */
  liveReel(): string | undefined;
  onDelete(id: string): void;
  /** Whether a reel can be resumed now. */
  canContinue(): boolean;
  onContinue(reel: Reel): Promise<void>;
  /** Shows it, for it to be saved. */
  onOpen(reel: Reel): Promise<void>;
  /** Called with the reels on disk after each refresh. */
  onFound(reels: Reel[]): void;
}

/** How often the list is refreshed while another tab records, or has just been closed, in milliseconds. */
const REFRESH_MS = 2000;

/** The list of the reels on disk. Cards are kept between refreshes, so that focus stays where it is. */
export class ReelList {
  readonly #options: ReelListOptions;
  readonly #cards = new Map<string, Card>();
  #found: Reel[] = [];
  #refreshes = 0;
  #refreshing = false;
  #expected: HTMLLIElement | undefined;
  #nextRefresh: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ReelListOptions) {
    this.#options = options;
  }

  /** Reads the store again. */
  async refresh(): Promise<void> {
    const refresh = ++this.#refreshes;
    this.#refreshing = true;
    try {
      const found = await reels.list();
      // A later refresh has newer data.
      if (refresh === this.#refreshes) this.#show(found);
    } finally {
      if (refresh === this.#refreshes) this.#refreshing = false;
    }
  }

  /** Keeps the first place for a reel that is about to begin, so that nothing moves when it is there. */
  expect(): void {
    this.#expected = emptyCard();
    list.prepend(this.#expected);
    empty.hidden = true;
  }

  /** Keeps no place any more: there is no new reel. */
  expectNone(): void {
    this.#expected?.remove();
    this.#expected = undefined;
    empty.hidden = this.#found.length > 0;
  }

  /** Shows how far the reel has come that is being recorded. It is on disk, and in the list, some time after the start. */
  update(reel: Reel): void {
    const known = this.#found.findIndex(({ id }) => id === reel.id);
    if (known >= 0) this.#found[known] = reel;
    else if (!this.#refreshing) this.refresh().catch(showError);
  }

  /** Updates which actions of the reels are possible. */
  render(): void {
    for (const reel of this.#found) this.#cards.get(reel.id)?.show(reel, reel.id === this.#options.liveReel());
  }

  #show(found: Reel[]): void {
    this.#found = found;
    const ids = new Set(found.map((reel) => reel.id));
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      card.item.remove();
      this.#cards.delete(id);
      void dropPoster(id);
    }
    const live = this.#options.liveReel();
    if (live !== undefined && ids.has(live)) this.expectNone();
    const first = this.#expected ? 1 : 0;
    found.forEach((reel, i) => {
      let card = this.#cards.get(reel.id);
      if (!card) this.#cards.set(reel.id, (card = this.#cardFor(reel)));
      card.show(reel, reel.id === live);
      const there = list.children[i + first];
      if (there !== card.item) list.insertBefore(card.item, there ?? null);
    });
    empty.hidden = found.length > 0 || this.#expected !== undefined;
    this.#options.onFound(found);
    clearTimeout(this.#nextRefresh);
    if (found.some(({ id, state }) => state === 'live' && id !== live)) {
      this.#nextRefresh = setTimeout(() => this.refresh().catch(showError), REFRESH_MS);
    }
  }

  #cardFor(reel: Reel): Card {
    const options = this.#options;
    const item = document.createElement('li');
    item.dataset['reel'] = reel.id;
    const frame = document.createElement('div');
    frame.className = 'poster';
    const badge = document.createElement('span');
    badge.className = 'badge';
    const length = document.createElement('span');
    length.className = 'length';
    frame.append(badge, length);
    const title = document.createElement('strong');
    title.textContent = dateTime(reel.createdAt);
    const facts = document.createElement('span');
    facts.className = 'facts';
    const named = (text: string) => {
      const created = button(text);
      created.setAttribute('aria-label', `${text} the reel of ${title.textContent}`);
      return created;
    };
    const [go, open, remove] = [named('Continue'), named('Open'), named('Delete')];
    remove.className = 'danger';
    let shown = reel;
    onClick(go, () => options.onContinue(shown), showError);
    onClick(open, () => options.onOpen(shown), showError);
    const ask = () => showStatus(`Press again to delete the reel of ${title.textContent} permanently.`);
    confirmFirst(remove, ask, () => this.#delete(shown).catch(showError));
    frame.addEventListener('click', () => open.click());
    const about = document.createElement('div');
    about.className = 'about';
    about.append(title, facts);
    const actions = document.createElement('div');
    actions.className = 'actions';
    actions.append(go, open, remove);
    item.append(frame, about, actions);
    return {
      item,
      show(now, live) {
        shown = now;
        setText(badge, live ? 'recording' : BADGES[now.state]);
        setText(length, now.bytes > 0 ? clockTime(now.duration) : '');
        setText(facts, factsOf(now));
        go.hidden = live || now.state !== 'interrupted';
        go.disabled = !options.canContinue();
        open.disabled = now.bytes === 0;
        remove.disabled = live || now.state === 'live';
        if (now.frames > 0) void addPoster(frame, now);
      },
    };
  }

  async #delete(reel: Reel): Promise<void> {
    await reel.delete();
    this.#options.onDelete(reel.id);
    await this.refresh();
    showStatus(`Deleted the reel of ${dateTime(reel.createdAt)}.`);
    // The focused button went with the card.
    heading.focus({ preventScroll: true });
  }
}

const BADGES: Record<Reel['state'], string> = {
  live: 'recording in another tab',
  complete: '',
  interrupted: 'interrupted',
  damaged: 'damaged',
};

/** As high as a reel's card, and invisible but for its outline. */
function emptyCard(): HTMLLIElement {
  const item = document.createElement('li');
  item.className = 'expected';
  item.setAttribute('aria-hidden', 'true');
  const part = (name: string, ...inner: Node[]) => {
    const created = document.createElement('div');
    created.className = name;
    created.append(...inner);
    return created;
  };
  const facts = document.createElement('span');
  facts.className = 'facts';
  facts.textContent = '\u00a0';
  const place = document.createElement('button');
  place.disabled = true;
  place.textContent = '\u00a0';
  item.append(part('poster'), part('about', new Text('\u00a0'), facts), part('actions', place));
  return item;
}

/** Puts the reel's first picture into its frame, once. */
async function addPoster(frame: HTMLElement, reel: Reel): Promise<void> {
  if (frame.dataset['poster'] || reel.state === 'damaged') return;
  frame.dataset['poster'] = 'asked';
  const address = await posterOf(reel);
  if (!address) return;
  const picture = new Image();
  picture.alt = '';
  picture.src = address;
  frame.prepend(picture);
}

function factsOf({ bytes, width, height, codec, audioCodec, state }: Reel): string {
  if (state === 'damaged') return 'it can’t be read any more';
  if (bytes === 0) return 'nothing in it yet';
  const codecs = [codec, audioCodec].filter(Boolean).map(codecName);
  const size = codec ? [pictureSize(width, height)] : [];
  return [fileSize(bytes), ...size, ...codecs].join(' · ');
}
