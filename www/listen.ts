import { audioContext } from './audio-context.js';
import { element, setText } from './elements.js';

const video = element('video', HTMLVideoElement);
const row = element('sound', HTMLElement);
const listen = element('listen', HTMLButtonElement);
const meter = element('level', HTMLMeterElement);

/** The quietest level that the meter shows, in dB of full scale. */
const FLOOR_DB = -60;

let frame = 0;
let shown: { analyser: AnalyserNode; source: MediaStreamAudioSourceNode } | undefined;

/** Shows how loud a stream is, and lets a person listen to it; nothing if it has no sound. */
export function showSound(stream: MediaStream | undefined): void {
  cancelAnimationFrame(frame);
  shown?.source.disconnect();
  shown = undefined;
  const hasSound = (stream?.getAudioTracks().length ?? 0) > 0;
  row.hidden = !hasSound;
  if (!stream || !hasSound) return mute(true);
  const context = audioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  // Of a received track the browser gives something only while an element plays it: the page's video does.
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  shown = { analyser, source };
  frame = requestAnimationFrame(measure);
}

function measure(): void {
  if (!shown) return;
  const samples = new Float32Array(shown.analyser.fftSize);
  shown.analyser.getFloatTimeDomainData(samples);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const level = 1 - (20 * Math.log10(Math.max(peak, 1e-9))) / FLOOR_DB;
  // It rises at once, and falls slowly enough to be read.
  meter.value = Math.max(level, meter.value - 0.03, 0);
  frame = requestAnimationFrame(measure);
}

function mute(isMuted: boolean): void {
  video.muted = isMuted;
  listen.setAttribute('aria-pressed', String(!isMuted));
  setText(listen, isMuted ? 'Listen' : 'Mute');
}

listen.addEventListener('click', () => mute(!video.muted));
