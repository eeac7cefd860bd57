import type { FreezeMode, RecorderOptions } from 'trackreel';
import { CODECS, type LoopbackOptions } from './loopback/index.js';

const DEFAULTS: LoopbackOptions = { codec: 'VP8', width: 1280, height: 720, fps: 30 };

const FREEZE_MODES: readonly FreezeMode[] = ['cut', 'hold', 'keep'];

/** What an address asks for. */
export interface Parameters {
  /** Of the sender, as in `?codec=VP9&width=640&height=360&fps=30`. */
  options: LoopbackOptions;
  /** Of the recorder, as in `?maxLength=30s` or `?encoder=openh264`. The recorder checks them. */
  recorder: Pick<RecorderOptions, 'maxLength' | 'encoder'>;
  /** Of the recorder as well, as in `?freeze=hold`. */
  freeze: FreezeMode | undefined;
  /** What of it can't be followed. */
  problems: string[];
}

/** Reads what comes after the `?` of an address. */
export function readParameters(search: string): Parameters {
  const parameters = new URLSearchParams(search);
  const problems: string[] = [];
  const number = (name: 'width' | 'height' | 'fps', min: number, max: number) => {
    const text = parameters.get(name);
    if (text === null) return DEFAULTS[name];
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    problems.push(`“${name}” in the address must be a whole number from ${min} to ${max}, not “${text}”.`);
    return DEFAULTS[name];
  };
  const codec = () => {
    const text = parameters.get('codec');
    if (text === null) return DEFAULTS.codec;
    const known = CODECS.find((one) => one === text.toUpperCase());
    if (!known) problems.push(`“codec” in the address must be one of ${CODECS.join(', ')}, not “${text}”.`);
    return known ?? DEFAULTS.codec;
  };
  const freeze = () => {
    const text = parameters.get('freeze');
    const known = FREEZE_MODES.find((one) => one === text);
    if (text !== null && !known) {
      problems.push(`“freeze” in the address must be one of ${FREEZE_MODES.join(', ')}, not “${text}”.`);
    }
    return known;
  };
  const options = {
    codec: codec(),
    width: number('width', 64, 4096),
    height: number('height', 64, 4096),
    fps: number('fps', 1, 120),
  };
  const recorder: Parameters['recorder'] = {};
  const [maxLength, encoder] = [parameters.get('maxLength'), parameters.get('encoder')];
  if (maxLength !== null) recorder.maxLength = maxLength;
  if (encoder !== null) recorder.encoder = encoder as NonNullable<RecorderOptions['encoder']>;
  return { options, recorder, freeze: freeze(), problems };
}
