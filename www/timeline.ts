import type { Recorder, Reel } from 'trackreel';
import type { Player } from 'trackreel/player';
import { element, setText } from './elements.js';
import { clockTime } from './format.js';
import type { History } from './history.js';
import { showError } from './messages.js';

const range = element('timeline', HTMLInputElement);
const replay = element('replay', HTMLVideoElement);
const live = element('video', HTMLVideoElement);
const badge = element('replay-badge', HTMLElement);
const toggle = element('replay-toggle', HTMLButtonElement);
const speed = element('replay-speed', HTMLSelectElement);
const back = element('back-to-live', HTMLButtonElement);
const mark = element('mark', HTMLButtonElement);

/** How far a key goes, in seconds. */
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
};

/** The recording that the timeline shows. */
let shown: { history: History; recorder: Recorder } | undefined;
/** The reel that is replayed, and the player that shows it. */
let replaying: { reel: Reel; player: Promise<Player> } | undefined;
/** The last requested time, in seconds, while the video still seeks to another. */
let wanted: number | undefined;

/** Shows this recording on the timeline. */
export function showTimeline(history: History, recorder: Recorder): void {
  if (shown?.history !== history) backToLive();
  shown = { history, recorder };
  render();
}

/** When the picture at this time of the reel was recorded, in milliseconds of the history, which is never exactly as long as its reel. */
export function placeOf(history: History, recorder: Recorder, time: number): number {
  return history.timeOf((time * history.length) / lengthOf(recorder));
}

/** How long the reel is, in seconds. */
function lengthOf(recorder: Recorder): number {
  return recorder.progress.duration || recorder.reel?.duration || 1;
}

/** The time of the reel at a place of the strip, from 0 to 1. */
function timeAt(place: number): number {
  const { history, recorder } = shown!;
  const { spans, length } = history;
  const [first, last] = [spans[0]!.from, spans.at(-1)!.to];
  return length > 0 ? (history.fileTime(first + place * (last - first)) * lengthOf(recorder)) / length : 0;
}

function render(): void {
  const { history, recorder } = shown!;
  const { reel, state } = recorder;
  const isReplaying = replaying !== undefined;
  range.disabled = !reel || reel.frames === 0 || reel.container !== 'mp4';
  mark.disabled = state !== 'recording' && state !== 'paused';
  toggle.disabled = speed.disabled = back.disabled = !isReplaying;
  replay.hidden = badge.hidden = !isReplaying;
  const time = isReplaying ? (wanted ?? replay.currentTime) : lengthOf(recorder);
  const { spans } = history;
  const [first, last] = [spans[0]!.from, spans.at(-1)!.to];
  const place = (placeOf(history, recorder, time) - first) / (last - first || 1);
  range.value = String(isReplaying ? Math.min(place, 1) : 1);
  const length = clockTime(lengthOf(recorder));
  range.setAttribute('aria-valuetext', isReplaying ? `${clockTime(time)} of ${length}` : `Live, ${length}`);
  if (!isReplaying) return;
  setText(badge, `${clockTime(time)} of ${length}`);
  setText(toggle, replay.paused ? 'Play' : 'Hold');
}

/** Shows the reel from a time on, in seconds. */
async function seekBack(time: number): Promise<void> {
  const { reel } = shown!.recorder;
  if (!reel) return;
  wanted = Math.max(0, time);
  if (replaying) {
    const { player } = replaying;
    render();
    await player;
    // One seek at a time: without this, each place that a finger passes would be a seek.
    if (!replay.seeking && wanted !== undefined) replay.currentTime = wanted;
    return;
  }
  const { play } = await import('trackreel/player');
  replay.playbackRate = replay.defaultPlaybackRate = Number(speed.value);
  replay.muted = live.muted;
  live.muted = true;
  const at = wanted;
  const player = play(reel, replay, { at });
  replaying = { reel, player };
  render();
  try {
    const playing = await player;
    playing.addEventListener('error', () => fail(playing.error));
    if (wanted !== at && wanted !== undefined) replay.currentTime = wanted;
    else wanted = undefined;
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  backToLive();
  showError(error);
}

/** Shows the live stream, which has no delay, instead of the reel. */
function backToLive(): void {
  if (!replaying) return;
  const { player } = replaying;
  replaying = wanted = undefined;
  live.muted = replay.muted;
  player.then(
    (player) => player.close(),
    () => {},
  );
  if (shown) render();
}

const seek = (time: number) => void seekBack(time).catch(fail);

range.addEventListener('input', () => seek(timeAt(Number(range.value))));
range.addEventListener('keydown', (event) => {
  if (event.key === 'End') {
    event.preventDefault();
    backToLive();
  }
  const step = STEPS[event.key];
  if (step === undefined || !shown) return;
  event.preventDefault();
  seek((replaying ? (wanted ?? replay.currentTime) : lengthOf(shown.recorder)) + step);
});
replay.addEventListener('seeked', () => {
  if (wanted !== undefined && Math.abs(replay.currentTime - wanted) > 0.05) replay.currentTime = wanted;
  wanted = undefined;
});
for (const type of ['timeupdate', 'play', 'pause', 'seeked']) replay.addEventListener(type, () => shown && render());
toggle.addEventListener('click', () => (replay.paused ? void replay.play().catch(showError) : replay.pause()));
speed.addEventListener('change', () => (replay.playbackRate = replay.defaultPlaybackRate = Number(speed.value)));
back.addEventListener('click', () => {
  backToLive();
  range.focus({ preventScroll: true });
});
mark.addEventListener('click', () => {
  const { recorder } = shown!;
  recorder.mark(`Mark ${recorder.marks.length + 1}`).catch(showError);
});
