import type { Container, Duration, FreezeMode, RecorderOptions } from 'trackreel';
import { CODECS, type LoopbackOptions } from './loopback/index.js';
import { SOURCES, type SourceKind } from './sources/source.js';

const DEFAULTS = { codec: 'VP8', width: 1280, height: 720, fps: 30, sound: true } as const satisfies LoopbackOptions;

const CONTAINERS: readonly Container[] = ['mp4', 'webm'];
const FREEZE_MODES: readonly FreezeMode[] = ['cut', 'hold', 'keep'];

/** What an address asks for. */
export interface Parameters {
  /** Of the sender, as in `?codec=VP9&width=640&height=360&fps=30&sound=off`, and with `&tap=off` for a connection that is not tapped. */
  options: LoopbackOptions;
  /** Of the recorder, as in `?maxLength=30s` or `?encoder=openh264`. The recorder checks them. */
  recorder: Pick<RecorderOptions, 'maxLength' | 'encoder'>;
  /** Of the recorder as well, as in `?freeze=hold`. */
  freeze: FreezeMode | undefined;
  /** What kind of file is made, as in `?container=webm`. */
  container: Container | undefined;
  /** Where to record from, as in `?source=camera`. */
  source: SourceKind;
  /** The address that a stream is asked for, as in `?source=whep&whep=https://example.org/whep/stream`. */
  whep: string;
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
  const choice = <T extends string>(name: string, choices: readonly T[], text = parameters.get(name)) => {
    const known = choices.find((one) => one === text);
    if (text !== null && known === undefined) {
      problems.push(`“${name}” in the address must be one of ${choices.join(', ')}, not “${parameters.get(name)}”.`);
    }
    return known;
  };
  const options = {
    codec: choice('codec', CODECS, parameters.get('codec')?.toUpperCase() ?? null) ?? DEFAULTS.codec,
    width: number('width', 64, 8192),
    height: number('height', 64, 8192),
    fps: number('fps', 1, 120),
    sound: choice('sound', ['on', 'off']) !== 'off',
    tap: choice('tap', ['on', 'off']) !== 'off',
  };
  const recorder: Parameters['recorder'] = {};
  const [maxLength, encoder] = [parameters.get('maxLength'), parameters.get('encoder')];
  if (maxLength !== null) recorder.maxLength = maxLength as Duration;
  if (encoder !== null) recorder.encoder = encoder as NonNullable<RecorderOptions['encoder']>;
  const freeze = choice('freeze', FREEZE_MODES);
  const container = choice('container', CONTAINERS);
  const source = choice('source', SOURCES) ?? 'scene';
  return { options, recorder, freeze, container, source, whep: parameters.get('whep') ?? '', problems };
}
