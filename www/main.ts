import { optionsFromEnv, Recorder, type Container, type FreezeMode, type Reel, type RecorderOptions } from 'trackreel';
import { buttons, containerChoice, freezeChoice, keepReceived, showControls } from './controls.js';
import { element } from './elements.js';
import { openExport, type Exportable } from './export-dialog.js';
import { showProgress } from './figures.js';
import { dateTime, fileSize } from './format.js';
import type { Loopback } from './loopback/index.js';
import {
  showCleanup,
  showEnding,
  showError,
  showFreeze,
  showScaled,
  showSpace,
  showStall,
  showStatus,
} from './messages.js';
import { goOffline } from './offline.js';
import { readParameters } from './parameters.js';
import { showReceived } from './received.js';
import { allowRecovery, hideRecovery, offerRecovery, connectRecovery } from './recovery.js';
import { ReelList } from './reel-list.js';
import { showRoom, pollRoom } from './room.js';
import { SourcePanel } from './source-panel.js';
import type { Source } from './sources/source.js';
import { followHistory } from './strip.js';
import { followWay } from './way.js';

const parameters = readParameters(location.search);
const recording = { ...optionsFromEnv(import.meta.env), ...parameters.recorder };
if (parameters.freeze) freezeChoice.value = parameters.freeze;
if (parameters.container) containerChoice.value = parameters.container;
keepReceived.checked = parameters.options.tap ?? false;

let recorder: Recorder | undefined;
/** Of which source, and with which choices. */
let recorderIsFor: { source: Source; choices: string } | undefined;
const deleted = new Set<string>();

const isIdle = () => (recorder?.state ?? 'inactive') === 'inactive';
const canRecord = () => panel.source !== undefined && isIdle();

const reelList = new ReelList({
  liveReel: () => (isIdle() ? undefined : recorder?.reel?.id),
  onDelete(id) {
    deleted.add(id);
    render();
  },
  canContinue: canRecord,
  onContinue: (reel) => record(reel),
  onOpen: openExportOf,
  onFound: (reels) => isIdle() && offerRecovery(reels),
});

const panel = new SourcePanel(parameters, () => {
  equip();
  render();
});

function render(): void {
  const reel = recorder?.reel;
  const exportable = reel !== undefined && reel.bytes > 0 && !deleted.has(reel.id);
  showControls({ recorder, hasSource: panel.source !== undefined, exportable });
  panel.render(!isIdle());
  allowRecovery(canRecord());
  reelList.render();
}

/** Makes a recorder for the source that is open now, unless there is one. One that is recording still ends by itself. */
function equip(): void {
  const { source } = panel;
  const chosen: RecorderOptions = {
    freeze: freezeChoice.value as FreezeMode,
    container: containerChoice.value as Container,
    source: keepReceived.checked ? 'auto' : 'frames',
  };
  const choices = Object.values(chosen).join();
  if (!source || (recorderIsFor?.source === source && recorderIsFor.choices === choices)) return;
  recorderIsFor = { source, choices };
  recorder = withListeners(new Recorder(source.stream, { ...recording, ...chosen }));
  showProgress(recorder.progress);
  showRoom(recorder.progress);
}

function withListeners(created: Recorder): Recorder {
  // A recorder of an earlier source may still be writing its last frames.
  const isShown = () => created === recorder;
  followHistory(created, isShown);
  followWay(created, isShown);
  created.addEventListener('progress', ({ detail }) => {
    if (!isShown()) return;
    showProgress(detail);
    showRoom(detail);
    if (created.reel) reelList.update(created.reel);
    render();
  });
  created.addEventListener('limit', render);
  created.addEventListener('space', ({ detail }) => showSpace(detail));
  created.addEventListener('scaled', ({ detail }) => showScaled(detail));
  created.addEventListener('cleanup', ({ detail }) => {
    showCleanup(detail.removed.length);
    if (detail.error) showError(detail.error);
    reelList.refresh().catch(showError);
  });
  // A freeze that a pause ends is not followed by motion.
  created.addEventListener('freeze', ({ detail }) => isShown() && !created.paused && showFreeze(detail));
  created.addEventListener('stall', ({ detail }) => isShown() && showStall(detail));
  created.addEventListener('error', ({ detail }) => showError(detail));
  created.addEventListener('stop', ({ detail }) => {
    reelList.refresh().catch(showError);
    if (!isShown()) return;
    showProgress(detail.progress);
    reelList.expectNone();
    render();
    showEnding(detail.reason, detail.progress);
  });
  return created;
}

/** Begins a reel, or resumes one. */
async function record(reel?: Reel): Promise<void> {
  equip();
  hideRecovery();
  if (!reel) reelList.expect();
  const started = recorder?.start(reel);
  render();
  try {
    await started;
  } catch (error) {
    reelList.expectNone();
    throw error;
  }
  render();
  // The button that resumed a reel is gone.
  if (document.activeElement === document.body) buttons.pause.focus({ preventScroll: true });
  showStatus(reel ? `Resumed the reel of ${dateTime(reel.createdAt)}.` : 'Recording.');
  await reelList.refresh();
}

async function openExportOf(what: Exportable): Promise<void> {
  await openExport(what, (name, bytes) => {
    showStatus(`Saved ${name}, ${fileSize(bytes)}.`);
    reelList.refresh().catch(showError);
  });
}

/** Does what a click asks for, and shows what the page looks like while it is done and after. */
function onClick(button: HTMLButtonElement, act: () => Promise<void> | void): void {
  button.addEventListener('click', async () => {
    try {
      const done = act();
      render();
      await done;
    } catch (error) {
      showError(error);
    }
    render();
  });
}

onClick(buttons.record, () => record());

onClick(buttons.pause, () => {
  recorder?.pause();
  showStatus('Paused. Frames are dropped now.');
});

onClick(buttons.resume, () => {
  recorder?.resume();
  showStatus('Recording again.');
});

onClick(buttons.stop, () => recorder?.stop());
onClick(buttons.export, () => recorder && openExportOf(recorder));
connectRecovery({ onContinue: record, onOpen: openExportOf });

document.addEventListener('visibilitychange', () => {
  // Another tab may have recorded or deleted meanwhile.
  if (document.visibilityState === 'visible') reelList.refresh().catch(showError);
});
addEventListener('error', (event) => showError(event.error ?? event.message));
addEventListener('unhandledrejection', (event) => showError(event.reason));

showReceived(element('video', HTMLVideoElement), element('received', HTMLElement), () => panel.source?.name);
pollRoom();
if (parameters.problems.length > 0) showError(parameters.problems.join(' '));

// For programs that drive the page.
Object.defineProperty(globalThis, 'trackreelDemo', {
  value: Object.freeze({
    get loopback(): Loopback | undefined {
      return panel.loopback;
    },
    get recorder(): Recorder | undefined {
      return recorder;
    },
  }),
});

const found = reelList.refresh().catch(showError);
// What asks the user for something waits for a click.
if (parameters.source === 'scene') await panel.open(true);
await found;
goOffline().catch(showError);
