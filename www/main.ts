import { download, optionsFromEnv, Recorder, type FreezeMode, type Reel } from 'trackreel';
import { buttons, codecChoice, freezeChoice, showControls } from './controls.js';
import { element } from './elements.js';
import { showProgress } from './figures.js';
import { dateTime, fileSize } from './format.js';
import { canConnect, CODECS, startLoopback, type ConnectionCodec, type Loopback } from './loopback/index.js';
import { showCleanup, showEnding, showError, showFound, showFreeze, showSpace, showStatus } from './messages.js';
import { readParameters } from './parameters.js';
import { watchReceived } from './received.js';
import { ReelList } from './reel-list.js';

const video = element('video', HTMLVideoElement);
const curtain = element('curtain', HTMLElement);

let loopback: Loopback | undefined;
let recorder: Recorder | undefined;
let connecting = false;
let deletedReel: string | undefined;

const reelList = new ReelList({
  liveReel: () => (recorder && recorder.state !== 'inactive' ? recorder.reel?.id : undefined),
  onDelete(id) {
    deletedReel = id;
    render();
  },
  canContinue: () => loopback !== undefined && (recorder?.state ?? 'inactive') === 'inactive',
  onContinue: (reel) => record(reel),
});

function render(): void {
  const reel = recorder?.reel;
  const exportable = reel !== undefined && reel.frames > 0 && reel.id !== deletedReel;
  showControls({ recorder, loopback, connecting, exportable });
  reelList.render();
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

async function connect(): Promise<void> {
  connecting = true;
  curtain.textContent = 'Connecting…';
  render();
  try {
    loopback = await startLoopback({ ...options, codec: codecChoice.value as ConnectionCodec });
    video.srcObject = loopback.stream;
    recorder = recorderOf(loopback);
    showProgress(recorder.progress);
  } catch (error) {
    curtain.textContent = 'No connection';
    throw error;
  } finally {
    connecting = false;
    render();
  }
}

/** What the recorder was told to do with a picture that stands still. */
let recorderChoice = '';

function recorderOf({ stream }: Loopback): Recorder {
  recorderChoice = freezeChoice.value;
  return watched(new Recorder(stream, { ...recording, freeze: recorderChoice as FreezeMode }));
}

function disconnect(): void {
  loopback?.close();
  loopback = undefined;
  video.srcObject = null;
  curtain.textContent = 'No connection';
  curtain.hidden = false;
}

function watched(made: Recorder): Recorder {
  made.addEventListener('progress', ({ detail }) => {
    // A recorder of an earlier connection may still be writing its last frames.
    if (made !== recorder) return;
    showProgress(detail);
    if (made.reel) reelList.update(made.reel);
    render();
  });
  made.addEventListener('limit', render);
  made.addEventListener('space', ({ detail }) => showSpace(detail));
  made.addEventListener('cleanup', ({ detail }) => {
    showCleanup(detail.removed.length);
    if (detail.error) showError(detail.error);
    reelList.refresh().catch(showError);
  });
  made.addEventListener('freeze', ({ detail }) => showFreeze(detail));
  made.addEventListener('error', ({ detail }) => showError(detail));
  made.addEventListener('stop', ({ detail }) => {
    if (made === recorder) showProgress(detail.progress);
    render();
    showEnding(detail.reason, detail.progress);
    reelList.refresh().catch(showError);
  });
  return made;
}

/** Begins a reel, or goes on with one. */
async function record(reel?: Reel): Promise<void> {
  if (loopback && recorderChoice !== freezeChoice.value) recorder = recorderOf(loopback);
  const started = recorder?.start(reel);
  render();
  await started;
  render();
  showStatus(reel ? `Going on with the reel of ${dateTime(reel.createdAt)}.` : 'Recording.');
  await reelList.refresh();
}

onClick(buttons.record, () => record());

onClick(buttons.pause, () => {
  recorder?.pause();
  showStatus('Paused. What is sent now is left out.');
});

onClick(buttons.resume, () => {
  recorder?.resume();
  showStatus('Recording again.');
});

onClick(buttons.stop, () => recorder?.stop());

onClick(buttons.export, async () => {
  const blob = await recorder?.export();
  if (!blob) return;
  showStatus(`Saved ${download(blob)}, ${fileSize(blob.size)}.`);
  await reelList.refresh();
});

onClick(buttons.pauseSender, () => {
  if (!loopback) return;
  if (loopback.senderPaused) loopback.resumeSender();
  else loopback.pauseSender();
});

onClick(buttons.connection, async () => {
  if (loopback) return disconnect();
  showStatus('Connecting…');
  await connect();
  showStatus('Connected.');
});

codecChoice.addEventListener('change', () => {
  if (!loopback) return;
  disconnect();
  connect().catch(showError);
});

video.addEventListener('loadeddata', () => (curtain.hidden = true));
document.addEventListener('visibilitychange', () => {
  // Another tab may have recorded or deleted meanwhile.
  if (document.visibilityState === 'visible') reelList.refresh().catch(showError);
});
addEventListener('error', (event) => showError(event.error ?? event.message));
addEventListener('unhandledrejection', (event) => showError(event.reason));

const { options, recorder: ofRecorder, freeze, problems } = readParameters(location.search);
const recording = { ...optionsFromEnv(import.meta.env), ...ofRecorder };
for (const codec of CODECS) {
  const option = new Option(codec === 'H264' ? 'H.264' : codec, codec);
  option.disabled = !canConnect(codec);
  codecChoice.add(option);
}
codecChoice.value = options.codec;
if (freeze) freezeChoice.value = freeze;
video.style.aspectRatio = `${options.width} / ${options.height}`;
watchReceived(video, element('received', HTMLElement), () => loopback && codecChoice.selectedOptions[0]?.text);
if (problems.length > 0) showError(problems.join(' '));

// The page's own door for whoever tries it out by program.
Object.defineProperty(globalThis, 'trackreelDemo', {
  value: Object.freeze({
    get loopback() {
      return loopback;
    },
    get recorder() {
      return recorder;
    },
  }),
});

const found = reelList.refresh().then(showFound, showError);
await Promise.all([connect().catch(showError), found]);
// What a crash has just interrupted may have been taken for live at first.
await reelList.refresh().catch(showError);
