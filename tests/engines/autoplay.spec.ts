import { BLOCKED, launch } from './drivers/firefox.js';
import { expect, test } from './fixtures.js';

/** The outcome of a recording. */
interface Attempt {
  supported: boolean;
  needsClick: boolean;
  outcome: string;
  reels: number;
}

declare global {
  var attempt: () => Promise<Attempt>;
}

// The recording had no frame and no error; support() had reported it as supported.
test('reports that a click is needed where video plays only after one, and then records', async ({ engineName }) => {
  test.skip(engineName !== 'firefox', 'it takes no frames from a video');
  const engine = await launch({ preferences: BLOCKED });
  try {
    await engine.onOpen(() => {
      globalThis.attempt = async () => {
        const canvas = document.createElement('canvas');
        const context = canvas.getContext('2d')!;
        let n = 0;
        const timer = setInterval(() => context.fillRect((n++ * 20) % 300, 0, 20, 150), 40);
        const { Recorder, reels } = stage.trackreel;
        const { supported, needsClick } = await Recorder.support();
        const recorder = new Recorder(canvas.captureStream(25), { freeze: 'keep' });
        const outcome = await recorder.start().then(
          async () => {
            await new Promise<void>((resolve) =>
              recorder.addEventListener('progress', ({ detail }) => detail.frames > 5 && resolve()),
            );
            await recorder.stop();
            return 'recorded';
          },
          (error) => `${error.code}: ${error.message}`,
        );
        clearInterval(timer);
        return { supported, needsClick, outcome, reels: (await reels.list()).length };
      };
      addEventListener('load', async () => console.log(JSON.stringify(await globalThis.attempt())));
    });
    const logged = engine.logged();
    await engine.open(process.env.TRACKREEL_ENGINES!);
    expect(JSON.parse(await logged)).toEqual({
      supported: true,
      needsClick: true,
      outcome: 'unsupported: this browser plays no video before a click: call start() in a click handler',
      reels: 0,
    });
    expect(await engine.evaluate(() => attempt())).toMatchObject({ needsClick: false, outcome: 'recorded', reels: 1 });
  } finally {
    await engine.close();
  }
});
