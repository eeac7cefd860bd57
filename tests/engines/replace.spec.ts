import { expect, test } from './fixtures.js';
import { shownBy } from './colours.js';
import { expectPlayable, movieOf } from './verdict.js';

// A camera was replaced by a screen, and the recording had to be ended and restarted.
for (const freeze of ['cut', 'keep'] as const) {
  test(`continues with another track, with freeze: ${freeze}`, async ({ engine, notes }) => {
    const { file, progress, reasons, states } = await engine.evaluate(async (freeze) => {
      const sender = (hue: number) => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [320, 240];
        const context = canvas.getContext('2d')!;
        let painted = 0;
        const timer = setInterval(() => {
          context.fillStyle = `hsl(${hue} 80% ${30 + (painted++ % 40)}%)`;
          context.fillRect(0, 0, 320, 240);
        }, 50);
        const [track] = canvas.captureStream(20).getVideoTracks();
        return { track: track!, stop: () => (clearInterval(timer), track!.stop()) };
      };
      const camera = sender(0);
      const recorder = new stage.trackreel.Recorder(camera.track, { freeze });
      const reasons: string[] = [];
      recorder.addEventListener('stop', ({ detail }) => reasons.push(detail.reason));
      const reached = (frames: number) =>
        new Promise<void>((resolve, reject) => {
          recorder.addEventListener('progress', ({ detail }) => detail.frames >= frames && resolve());
          recorder.addEventListener('error', ({ detail }) => reject(detail));
        });
      await recorder.start();
      await reached(20);
      const screen = sender(120);
      // Both send meanwhile.
      await recorder.replaceTrack(screen.track);
      const { frames } = recorder.progress;
      await reached(frames + 10);
      // Its end is no end of the recording any more.
      camera.stop();
      await reached(frames + 20);
      const states = [recorder.state, recorder.track === screen.track];
      await recorder.stop();
      screen.stop();
      return { file: await stage.base64(await recorder.export()), progress: recorder.progress, reasons, states };
    }, freeze);
    const movie = await movieOf(file);
    notes.fact('frames', `${progress.frames} of ${progress.received}`);
    expectPlayable(movie);
    expect(movie.times.length).toBe(progress.frames);
    // Red comes first, then green, and none of the red after that.
    const shown = await shownBy(
      undefined,
      file,
      movie.times.toSorted((a, b) => a - b),
    );
    const colours = shown.map(({ left: [red, green] }) => (red! > green! ? 'red' : 'green'));
    expect([colours[0], colours.at(-1)]).toEqual(['red', 'green']);
    expect(colours, 'in one piece each').toEqual(colours.toSorted().reverse());
    expect(states).toEqual(['recording', true]);
    expect(reasons).toEqual(['stopped']);
  });
}
