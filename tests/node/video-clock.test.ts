import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VideoClock } from '../../js/video-clock.js';

/** What a browser reports of a picture. */
function picture(shown: Partial<VideoFrameCallbackMetadata>): VideoFrameCallbackMetadata {
  return {
    presentationTime: 0,
    expectedDisplayTime: 0,
    width: 16,
    height: 16,
    mediaTime: 0,
    presentedFrames: 1,
    ...shown,
  };
}

/** The times that a clock gives these pictures, in microseconds; undefined for one that was announced before. */
function times(pictures: [now: number, shown: Partial<VideoFrameCallbackMetadata>][]): (number | undefined)[] {
  const clock = new VideoClock();
  return pictures.map(([now, shown], i) => clock.announced(now, picture({ presentedFrames: i + 1, ...shown }))?.timeUs);
}

test('the sender’s RTP timestamps win over callbacks that a busy page gets late', () => {
  const pictures = times([
    [0, { rtpTimestamp: 9000, mediaTime: 7 }],
    [95, { rtpTimestamp: 12_000, mediaTime: 7.5 }],
    [96, { rtpTimestamp: 15_000, mediaTime: 8 }],
  ]);
  assert.deepEqual(pictures, [0, 33_333, 66_666]);
});

test('an RTP timestamp that overflows after thirteen hours continues, and one may step back', () => {
  const pictures = times([
    [0, { rtpTimestamp: 0xffff_fffa }],
    [33, { rtpTimestamp: 3 }],
    [66, { rtpTimestamp: 0xffff_fffa }],
  ]);
  assert.deepEqual(pictures, [0, 100, 0]);
});

test('without RTP timestamps the media’s time counts, and where Firefox leaves that at 0, the callback’s', () => {
  assert.deepEqual(
    times([
      [0, { mediaTime: 3 }],
      [50, { mediaTime: 3.04 }],
    ]),
    [0, 40_000],
  );
  assert.deepEqual(
    times([
      [5, {}],
      [38.5, {}],
      [70, {}],
    ]),
    [0, 33_500, 65_000],
  );
  // One that comes and goes.
  assert.deepEqual(
    times([
      [0, { rtpTimestamp: 0 }],
      [40, {}],
      [80, { rtpTimestamp: 9000 }],
    ]),
    [0, 40_000, 80_000],
  );
});

test('a picture that is announced twice has no second time', () => {
  assert.deepEqual(
    times([
      [0, { rtpTimestamp: 5 }],
      [16, { rtpTimestamp: 5 }],
      [32, { rtpTimestamp: 95 }],
    ]),
    [0, undefined, 1000],
  );
  assert.deepEqual(
    times([
      [0, { mediaTime: 1 }],
      [16, { mediaTime: 1 }],
    ]),
    [0, undefined],
  );
  assert.deepEqual(
    times([
      [0, {}],
      [16, { presentedFrames: 1 }],
      [32, { presentedFrames: 2 }],
    ]),
    [0, undefined, 32_000],
  );
});

test('pictures that were shown and not announced are counted, except those that a hidden page was asked for', () => {
  const clock = new VideoClock();
  const missed = (now: number, presentedFrames: number) => clock.announced(now, picture({ presentedFrames }))?.missed;
  assert.equal(missed(0, 10), 0, 'the first has none before it');
  assert.equal(missed(33, 11), 0);
  assert.equal(missed(133, 14), 2);
  assert.equal(clock.untold(166), 166_000);
  assert.equal(clock.untold(200), 200_000);
  assert.equal(missed(300, 18), 1, 'three were shown between, two of them taken');
  assert.equal(clock.untold(333), 333_000);
  assert.equal(missed(366, 19), 0, 'the one that was taken is this one: not fewer than none');
});

test('a page that is hidden from the start has a clock too', () => {
  const clock = new VideoClock();
  assert.equal(clock.untold(1000), 0);
  assert.equal(clock.untold(1033.3), 33_300);
  assert.deepEqual(clock.announced(1066.6, picture({ presentedFrames: 40 })), { timeUs: 66_600, missed: 0 });
});
