import { packetSound } from './packet-sound.js';
import { MAX_WAITING } from './sound.js';
import type { SoundBlock } from './sound-worklet.js';
import type { SoundSource } from './transferred.js';

/** What is read of an `AudioData`: Safari before 26 has none. */
type Sound = Omit<AudioData, 'allocationSize' | 'clone' | 'duration' | 'format'>;

/**
 * The sound of a track, in the worker. What finds no place is dropped: it is silence.
 *
 * @param isMuted - whether the page has disabled it
 * @param onLost - called when packets of a tap can't be decoded any more
 */
export function soundFrom(source: SoundSource, isMuted: () => boolean, onLost: () => void): ReadableStream<Sound> {
  if (source instanceof ReadableStream) return source;
  if ('tap' in source) return packetSound(source.tap, isMuted, onLost);
  const start = (controller: ReadableStreamDefaultController<Sound>) => {
    source.onmessage = ({ data }: MessageEvent<SoundBlock>) => {
      const copyTo = (to: AllowSharedBufferSource, { planeIndex }: AudioDataCopyToOptions) =>
        (to as Float32Array).set(data.planes[planeIndex]!);
      if (controller.desiredSize! > 0) controller.enqueue({ ...data, copyTo, close() {} });
    };
  };
  const cancel = () => {
    source.postMessage(null);
    source.close();
  };
  return new ReadableStream({ start, cancel }, { highWaterMark: MAX_WAITING });
}
