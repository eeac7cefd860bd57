import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { TestInfo } from '@playwright/test';
import { createFile, MP4BoxBuffer, VTTin4Parser } from 'mp4box';
import type { Cue, Recorder } from '../../js/index.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { readMovie, type Movie } from './support/movie.js';

declare global {
  var recorder: Recorder;
}

/** Words with bounds in seconds. */
interface Shown {
  text: string;
  from: number;
  to: number;
}

/** What another program finds of a file: its tracks, and the words of its subtitles. */
async function read(info: TestInfo, name: string, file: string): Promise<Movie & { tracks: string[]; words: Shown[] }> {
  const bytes = Buffer.from(file, 'base64');
  const path = info.outputPath(name);
  writeFileSync(path, bytes);
  const run = (program: string, ...options: string[]) =>
    execFileSync(program, ['-v', 'error', ...options], { encoding: 'utf8' });
  const { streams } = JSON.parse(run('ffprobe', '-of', 'json', '-show_streams', path));
  const tracks: string[] = streams.map((stream: Record<string, string>) => `${stream.codec_type} ${stream.codec_name}`);
  const has = tracks.some((track) => track.startsWith('subtitle'));
  // Those of a WebM are read as they are, and have references for what would be markup.
  const decoded = tracks.includes('subtitle webvtt') ? ['-c', 'copy'] : [];
  const vtt = has ? run('ffmpeg', '-i', path, '-map', '0:s', ...decoded, '-f', 'webvtt', '-') : '';
  return { ...(await readMovie(bytes)), tracks, words: wordsOf(decoded.length > 0 ? plain(vtt) : vtt) };
}

/** Text without references. */
function plain(vtt: string): string {
  return vtt.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** The words of a WebVTT file. */
function wordsOf(vtt: string): Shown[] {
  const seconds = (time: string) => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const cues = vtt.trim().split('\n\n').slice(1);
  return cues.map((cue) => {
    const [times, ...lines] = cue.split('\n');
    const [from, to] = times!.split(' --> ').map(seconds);
    return { text: lines.join('\n'), from: from!, to: to! };
  });
}

/** The words of a part that begins and ends at these times of the reel, in seconds. */
function partOf(cues: readonly Cue[], start: number, end: number): Shown[] {
  const inside = cues.map(({ text, from, to }) => ({ text, from: Math.max(from, start), to: Math.min(to, end) }));
  return inside
    .filter(({ from, to }) => from < to)
    .map((cue) => ({ ...cue, from: cue.from - start, to: cue.to - start }));
}

function expectWords(found: readonly Shown[], expected: readonly Shown[]): void {
  expect(found.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
  for (const [n, { from, to }] of expected.entries()) {
    // In a file, times are whole milliseconds.
    expect(Math.abs(found[n]!.from - from)).toBeLessThan(0.0011);
    expect(Math.abs(found[n]!.to - to)).toBeLessThan(0.0011);
  }
}

/** The track of WebVTT in an MP4, and its words, as mp4box reads them. */
function webVttOf(bytes: Buffer): { handler: string; config: string; words: Shown[] } {
  const file = createFile();
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(bytes).buffer, 0));
  file.flush();
  const [track] = file.getInfo().tracks.filter(({ codec }) => codec === 'wvtt');
  const samples = file.getTrackSamplesInfo(track!.id);
  const words: Shown[] = [];
  for (const { offset, size, cts, duration, timescale } of samples) {
    const [from, to] = [cts / timescale, (cts + duration) / timescale];
    for (const box of new VTTin4Parser().parseSample(new Uint8Array(bytes.subarray(offset, offset + size)))) {
      const { payl } = box as unknown as { payl?: { text: string } };
      // It reads UTF-8 byte by byte.
      if (payl) words.push({ text: plain(Buffer.from(payl.text, 'latin1').toString()), from, to });
      else expect(box.type).toBe('vtte');
    }
  }
  const entry = samples[0]!.description as unknown as { boxes: [{ text: string }] };
  return { handler: file.getTrackById(track!.id).mdia.hdlr.handler, config: entry.boxes[0].text, words };
}

const ODD = 'a <b>bold</b> coat\n& an arrow --> ünïcode';

// Who heard "the second with the blue coat" could not find it in a film without its words.
test('words of a recording that a reload cuts short are subtitles of its file, and of a part', async ({
  page,
}, info) => {
  await openLab(page);
  const live = await page.evaluate(async (odd) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity });
    globalThis.recorder = recorder;
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    const first = await recorder.cue({ text: 'a street' });
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    const second = await recorder.cue({ text: `\n${odd}\r\n\r\n` });
    await lab.reached(recorder, ({ duration }) => duration >= 3);
    await recorder.endCue();
    const mark = await recorder.mark('a bridge');
    await lab.reached(recorder, ({ duration }) => duration >= 4);
    const third = await recorder.cue({ text: 'it was a bridge', from: mark, to: mark.time + 0.5 });
    const last = await recorder.cue({ text: 'to the end' });
    const listed = recorder.cues;
    const file = await lab.base64(await recorder.export());
    const stored = async () => (await lab.trackreel.reels.list())[0]?.cues.length === 4;
    while (!(await stored())) await new Promise((on) => recorder.addEventListener('progress', on, { once: true }));
    return { stored: [first, second, third, last], mark, listed, file, marks: recorder.marks };
  }, ODD);
  const [first, second, third, last] = live.stored;
  expect(live.stored.map(({ text }) => text)).toEqual(['a street', ODD, 'it was a bridge', 'to the end']);
  expect(live.stored.map(({ to }) => to)).toEqual([Infinity, Infinity, live.mark.time + 0.5, Infinity]);
  // Those without an end last until the next ones.
  expect(live.listed).toEqual([{ ...first, to: second!.from }, { ...second, to: live.mark.time }, third, last]);
  expect(live.marks).toEqual([live.mark]);
  const before = await read(info, 'live.mp4', live.file);
  expect(before.tracks).toEqual(['video h264', 'data bin_data', 'subtitle mov_text']);

  await page.reload();
  await equip(page);
  const { cues, duration, whole, part, wvtt, played } = await page.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    const { cues, duration } = reel!;
    const file = async (blob: Blob & { start: number; end: number }, vtt: Blob & { start: number; end: number }) => {
      const bounds = [blob.start, blob.end, vtt.start, vtt.end];
      return { bounds, type: vtt.type, vtt: await vtt.text(), file: await lab.base64(blob) };
    };
    const bounds = { from: cues[1]!.from + 0.2, to: cues[3]!.from };
    const whole = await file(await reel!.export(), await reel!.vtt());
    const part = await file(await reel!.export(bounds), await reel!.vtt(bounds));
    const fast = await (await reel!.vtt({ speed: 2 })).text();
    const wvtt = await lab.base64(await reel!.export({ ...bounds, subtitles: 'wvtt' }));
    // As a page shows them.
    const video = document.createElement('video');
    video.src = URL.createObjectURL(await reel!.export());
    const track = document.createElement('track');
    track.src = URL.createObjectURL(await reel!.vtt());
    const loaded = new Promise((resolve, reject) => Object.assign(track, { onload: resolve, onerror: reject }));
    video.append(track);
    track.track.mode = 'hidden';
    if (!video.readyState) await new Promise((resolve) => (video.onloadeddata = resolve));
    await loaded;
    const texts = Array.from(video.textTracks[0]!.cues!, (cue) => ({
      text: (cue as VTTCue).getCueAsHTML().textContent,
      from: cue.startTime,
      to: cue.endTime,
    }));
    return { cues, duration, whole, part, wvtt, played: { texts, fast, duration: video.duration } };
  });
  expect(cues).toEqual(live.listed.map((cue) => ({ ...cue, to: Math.min(cue.to, duration) })));
  const movie = await read(info, 'whole.mp4', whole.file);
  expect(movie.boxes.top).toEqual(['ftyp', 'moov', 'mdat']);
  expect(movie.tracks).toEqual(before.tracks);
  expectWords(movie.words, cues);
  expect(movie.counters).not.toContain(null);
  expect(movie.counters.length).toBe(Number(movie.stream['nb_frames']));
  expect(movie.mediabunny.frames).toBe(movie.counters.length);
  expect(whole.type).toBe('text/vtt');
  expectWords(played.texts, cues);
  expect(played.duration).toBeCloseTo(duration, 2);
  const faster = cues.map(({ text, from, to }) => ({ text, from: from / 2, to: to / 2 }));
  // The texts of a WebVTT file are escaped.
  const shown = wordsOf(played.fast).map(({ from, to }, n) => ({ text: faster[n]?.text ?? '', from, to }));
  expectWords(shown, faster);

  const [start, end, ...ofWords] = part.bounds;
  expect(ofWords).toEqual([start, end]);
  const between = await read(info, 'part.mp4', part.file);
  expectWords(between.words, partOf(cues, start!, end!));
  expect(wordsOf(part.vtt).map(({ from, to }) => [from, to])).toEqual(between.words.map(({ from, to }) => [from, to]));

  const inFile = webVttOf(Buffer.from(wvtt, 'base64'));
  expect(inFile).toMatchObject({ handler: 'text', config: 'WEBVTT' });
  expectWords(inFile.words, partOf(cues, start!, end!));
  const { counters, mediabunny } = await readMovie(Buffer.from(wvtt, 'base64'));
  expect(counters).toEqual(between.counters);
  expect(mediabunny).toEqual(between.mediabunny);
});

test('a WebM has words as a track of WebVTT, and plays', async ({ page }, info) => {
  await openLab(page);
  const { cues, file, played, duration } = await page.evaluate(async (odd) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { container: 'webm' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    await recorder.cue({ text: odd });
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    await recorder.cue({ text: 'later' });
    await recorder.stop();
    const blob = await recorder.export();
    const video = document.createElement('video');
    video.src = URL.createObjectURL(blob);
    await new Promise((resolve, reject) => Object.assign(video, { onloadeddata: resolve, onerror: reject }));
    const { cues, duration } = recorder.reel!;
    return { cues, duration, file: await lab.base64(blob), played: video.duration };
  }, ODD);
  const movie = await read(info, 'words.webm', file);
  expect(movie.tracks).toEqual(['video vp9', 'subtitle webvtt']);
  expectWords(movie.words, cues);
  expect(movie.counters.length).toBe(movie.times.length);
  expect(movie.mediabunny.frames).toBe(movie.times.length);
  expect(played).toBeCloseTo(duration, 2);
});

test('words last into the reel that follows, and stay with what is kept', async ({ page }) => {
  await openLab(page);
  const { reels, kept } = await page.evaluate(async () => {
    const parts = new lab.trackreel.Recorder(lab.loopback.stream, { maxLength: 2, onLimit: 'next' });
    await parts.start();
    await lab.reached(parts, ({ duration }) => duration >= 1);
    await parts.cue({ text: 'a scene' });
    await new Promise((resolve) => parts.addEventListener('next', resolve, { once: true }));
    await lab.reached(parts, ({ duration }) => duration >= 0.5);
    const { from } = await parts.cue({ text: 'another' });
    await parts.stop();
    const listed = (await lab.trackreel.reels.list()).reverse().slice(0, 2);
    const reels = listed.map(({ cues, duration }) => cues.map(({ text, from, to }) => [text, from, to === duration]));
    const last = new lab.trackreel.Recorder(lab.loopback.stream, { keepLast: 2 });
    await last.start();
    await last.cue({ text: 'goes' });
    await lab.reached(last, ({ duration }) => duration >= 1);
    await last.cue({ text: 'stays' });
    // What is older goes segment by segment.
    let longest = 0;
    await lab.reached(last, ({ duration }) => duration < (longest = Math.max(longest, duration)) - 1);
    await last.stop();
    return {
      reels: { listed: reels, from },
      kept: last.cues.map(({ text, from, to }) => [text, from, to - last.reel!.duration]),
    };
  });
  const [first, second] = reels.listed;
  expect(first).toEqual([['a scene', expect.any(Number), true]]);
  expect(second).toEqual([
    ['a scene', 0, false],
    ['another', reels.from, true],
  ]);
  expect(kept).toEqual([['stays', 0, 0]]);
});

test('words that a text track shows are in the recording for as long', async ({ page }) => {
  await openLab(page);
  const { before, after, cues, shown } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const video = document.querySelector('video')!;
    const track = video.addTextTrack('captions');
    const end = recorder.followCues(track);
    const modes = track.mode;
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    const listed = (isReached: (cues: readonly { text: string; to: number }[]) => boolean) =>
      lab.reached(recorder, () => isReached(recorder.cues));
    const one = new VTTCue(video.currentTime, video.currentTime + 600, '<i>one</i> &amp; all');
    track.addCue(one);
    await listed((cues) => cues.length === 1);
    track.addCue(new VTTCue(video.currentTime, video.currentTime + 600, 'two'));
    await listed((cues) => cues.length === 2);
    track.removeCue(one);
    await listed((cues) => cues.length === 3);
    end();
    await listed((cues) => cues[2]!.to < Infinity);
    track.addCue(new VTTCue(video.currentTime, video.currentTime + 600, 'not followed'));
    const length = recorder.progress.duration;
    await lab.reached(recorder, ({ duration }) => duration >= length + 1);
    await recorder.stop();
    return { before: modes, after: recorder.state, cues: recorder.cues, shown: recorder.reel!.cues };
  });
  expect([before, after]).toEqual(['hidden', 'inactive']);
  expect(cues.map(({ text }) => text)).toEqual(['one & all', 'one & all\ntwo', 'two']);
  expect(cues[0]!.to).toBe(cues[1]!.from);
  expect(shown).toEqual(cues);
});

test('what are no words is refused, with what is accepted', async ({ page }) => {
  await openLab(page);
  const { refused, states } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const codeOf = (call: Promise<unknown>) =>
      call.then(
        () => 'none',
        ({ code, message }) => `${code}: ${message}`,
      );
    const states = [await codeOf(recorder.cue({ text: 'early' })), await codeOf(recorder.endCue())];
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    const anything = recorder as unknown as { cue(words?: unknown): Promise<unknown> };
    const refused = [
      await codeOf(anything.cue({})),
      await codeOf(anything.cue({ text: '  ' })),
      await codeOf(anything.cue({ text: 7 })),
      await codeOf(anything.cue({ text: 'x'.repeat(1001) })),
      await codeOf(anything.cue({ text: 'a', from: -1 })),
      await codeOf(anything.cue({ text: 'a', to: 'soon' })),
      await codeOf(anything.cue({ text: 'a', from: 0.5, to: 0.5 })),
      await codeOf(anything.cue({ text: 'a', to: 0.1 })),
      await codeOf(anything.cue({ text: 'a', until: 3 })),
      await codeOf(recorder.vtt({ from: 5, to: 4 })),
    ];
    const none = recorder.cues.length;
    const empty = await (await recorder.vtt()).text();
    await recorder.stop();
    states.push(await codeOf(recorder.cue({ text: 'late' })), empty, String(none));
    return { refused, states };
  });
  expect(refused.filter((words) => !/^invalid-option: .* is not valid; it must be /.test(words))).toEqual([]);
  expect(states).toEqual([
    'invalid-state: cue() was called while inactive',
    'invalid-state: endCue() was called while inactive',
    'invalid-state: cue() was called while inactive',
    'WEBVTT\n',
    '0',
  ]);
});
