// The package's recording worker, which also reports when it has dealt with a frame. The page hands over the next one then.
import '../../pkg/worker.js';
import { observe } from './observation.js';

observe();
