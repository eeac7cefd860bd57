// A transform that copies frames for a recorder and passes none on: the browser has nothing to decode.
import { copyTo } from '../../pkg/transform.js';

onrtctransform = async ({ transformer }) => {
  const copy = copyTo(transformer.options.port, transformer);
  for await (const frame of transformer.readable) copy(frame);
};
