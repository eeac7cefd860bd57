import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BT709,
  Module,
  SETTINGS,
  bytesOf,
  codecOf,
  decode,
  encode,
  moving,
  noise,
  probe,
  psnr,
  readDescription,
  scalar,
  simd,
  unitsOf,
} from './support.mjs';

const SPS = 7;
const PPS = 8;
const type = (unit) => unit[0] & 31;

test('what it encodes decodes to what went in', () => {
  const pictures = moving(SETTINGS, 60);
  const encoded = encode(pictures);
  const decoded = decode(encoded, SETTINGS);
  assert.equal(decoded.length, pictures.length);
  decoded.forEach((picture, n) => {
    const likeness = psnr(picture, pictures[n]);
    assert.ok(likeness > 33, `picture ${n}: ${likeness} dB`);
  });
  const { profile, width, height, has_b_frames } = probe(encoded);
  assert.deepEqual(
    { profile, width, height, has_b_frames },
    { profile: 'Constrained Baseline', width: 320, height: 180, has_b_frames: 0 },
  );
});

test('a sample is NAL units behind their lengths, and its parameter sets are in the description alone', () => {
  const { chunks, description } = encode(moving(SETTINGS, 40), { keys: [20] });
  const record = readDescription(description);
  assert.equal(record.version, 1);
  assert.equal(record.lengthSize, 4);
  assert.equal(record.rest, 0);
  assert.deepEqual(record.sps.map(type), [SPS]);
  assert.deepEqual(record.pps.map(type), [PPS]);
  assert.deepEqual([...record.sps[0].subarray(1, 4)], [record.profile, record.constraints, record.level]);
  assert.match(codecOf(description), /^avc1\.42[c-f]0[0-9a-f]{2}$/);
  for (const [n, { key, data }] of chunks.entries()) {
    const units = unitsOf(data);
    assert.equal(key, n === 0 || n === 20);
    assert.deepEqual(units.map(type), [key ? 5 : 1]);
    // A file whose samples have start codes plays in some players only.
    for (const unit of units) assert.equal(unit.indexOf(Buffer.from([0, 0, 1])), -1);
  }
});

test('key frames come when asked for and at no other time', () => {
  const pictures = moving(SETTINGS, 60);
  // The cut from the last to the first is a new scene.
  const many = Array.from({ length: 480 }, (_, n) => pictures[n % 60]);
  const asked = [7, 8, 200];
  const { chunks } = encode(many, { keys: asked });
  const keys = chunks.flatMap((chunk, n) => (chunk?.key ? [n] : []));
  assert.deepEqual(keys, [0, ...asked]);
});

for (const [name, fps, bitrate] of [
  ['at its nominal rate', 30, 300_000],
  ['with many bits', 30, 1_500_000],
  ['at half the configured rate', 15, 600_000],
  ['at twice the configured rate', 60, 600_000],
]) {
  test(`the bitrate is held ${name}`, () => {
    const settings = { ...SETTINGS, bitrate };
    const pictures = moving(SETTINGS, 60);
    const many = Array.from({ length: 10 * fps }, (_, n) => pictures[bounce(n)]);
    const { chunks } = encode(many, { settings, at: (n) => (n * 1e6) / fps });
    const reached = (bytesOf(chunks) * 8) / 10;
    // Half a second's worth may be ahead at the end.
    assert.ok(reached > 0.9 * bitrate && reached < 1.08 * bitrate, `${reached} of ${bitrate} bit/s`);
  });
}

test('where no bitrate suffices frames are dropped, and the bitrate is held', () => {
  const settings = { ...SETTINGS, bitrate: 1_000_000 };
  const pictures = noise(settings, 300);
  const encoded = encode(pictures, { settings });
  const reached = (bytesOf(encoded.chunks) * 8) / 10;
  const kept = encoded.chunks.filter(Boolean).length;
  assert.ok(reached < 1.15 * settings.bitrate, `${reached} bit/s`);
  assert.ok(kept > 30 && kept < 300, `${kept} frames`);
  assert.equal(decode(encoded, settings).length, kept);
});

test('noise out of nothing, with bits in abundance, is survived', () => {
  // OpenH264 found no room for such a picture, and encoded nothing from then on.
  for (const size of [
    { width: 64, height: 48 },
    { width: 320, height: 180 },
    { width: 640, height: 360 },
  ]) {
    const settings = { ...SETTINGS, ...size, bitrate: 100_000_000 };
    const wild = noise(size, 8).map((picture) => picture.map((level) => (level & 1 ? 255 : 0)));
    const pictures = [...moving(size, 30), ...noise(size, 8), ...moving(size, 30), ...wild, ...moving(size, 30)];
    const encoded = encode(pictures, { settings });
    const kept = encoded.chunks.filter(Boolean).length;
    assert.ok(kept > 70, `${kept} frames`);
    const decoded = decode(encoded, settings);
    assert.equal(decoded.length, kept);
    assert.ok(psnr(decoded.at(-1), pictures.at(-1)) > 38);
  }
});

test('timestamps may be irregular, repeat, start anywhere and jump', () => {
  let time = 723_318_000;
  const steps = [33_000, 4_000, 0, 100_000, 1, 33_333, 5_000_000, 16_000];
  const at = (n) => (time += steps[n % steps.length]);
  const pictures = moving(SETTINGS, 60);
  const encoded = encode(
    Array.from({ length: 240 }, (_, n) => pictures[bounce(n)]),
    { at },
  );
  const kept = encoded.chunks.flatMap((chunk, n) => (chunk ? [n] : []));
  const decoded = decode(encoded, SETTINGS);
  assert.equal(decoded.length, kept.length);
  decoded.forEach((picture, i) => assert.ok(psnr(picture, pictures[bounce(kept[i])]) > 28));
});

test('its SIMD encodes to the same bytes as the C++ it stands in for', () => {
  const cases = [
    { width: 320, height: 180, bitrate: 20_000 },
    { width: 320, height: 180, bitrate: 400_000 },
    { width: 320, height: 180, bitrate: 20_000_000 },
    { width: 178, height: 98, bitrate: 150_000 },
    { width: 640, height: 368, bitrate: 900_000 },
    { width: 64, height: 48, bitrate: 64_000 },
  ];
  for (const size of cases) {
    const settings = { ...SETTINGS, ...size };
    for (const pictures of [moving(size, 60), noise(size, 12)]) {
      const [fast, slow] = [simd, scalar].map((module) => encode(pictures, { settings, module, keys: [25] }));
      const name = JSON.stringify(size);
      assert.deepEqual(Buffer.from(fast.description), Buffer.from(slow.description), name);
      fast.chunks.forEach((chunk, n) => {
        const expected = slow.chunks[n];
        assert.equal(Boolean(chunk), Boolean(expected), `${name}, frame ${n}`);
        if (chunk) assert.ok(Buffer.from(chunk.data).equals(Buffer.from(expected.data)), `${name}, frame ${n}`);
      });
    }
  }
});

test('every layout of the same picture is encoded alike', () => {
  // 322 is no multiple of 8: the last pixels of a row are converted in another way.
  const settings = { ...SETTINGS, width: 322, height: 182, bitrate: 20_000_000 };
  const { width, height } = settings;
  const rgba = colourful(width, height);
  const planar = converted(rgba, width, height);
  const encodeAs = (layout, pixels) => encode([pixels, pixels, pixels], { settings, layout });
  const of = { I420: encodeAs('I420', planar), NV12: encodeAs('NV12', interleaved(planar, width, height)) };
  of.RGBA = encodeAs('RGBA', rgba);
  of.BGRA = encodeAs('BGRA', swapped(rgba));
  of.RGBX = encodeAs(
    'RGBX',
    rgba.map((byte, i) => (i % 4 === 3 ? 0 : byte)),
  );
  of.BGRX = encodeAs('BGRX', swapped(rgba));
  const bytes = (encoded) => Buffer.concat(encoded.chunks.map(({ data }) => Buffer.from(data)));
  assert.ok(bytes(of.NV12).equals(bytes(of.I420)));
  for (const layout of ['BGRA', 'RGBX', 'BGRX']) assert.ok(bytes(of[layout]).equals(bytes(of.RGBA)), layout);
  for (const layout of ['I420', 'RGBA']) {
    const decoded = decode(of[layout], settings).at(-1);
    const likeness = psnr(decoded, planar);
    assert.ok(likeness > 40, `${layout}: ${likeness} dB`);
  }
});

test('pictures of another size are scaled, whatever their layout', () => {
  const settings = { ...SETTINGS, bitrate: 20_000_000 };
  const { width, height } = settings;
  // Smooth, so that the same picture can be drawn at any size.
  for (const size of [
    { width: 640, height: 360 },
    { width: 160, height: 90 },
    { width: 322, height: 178 },
    { width: 180, height: 320 },
  ]) {
    const expected = converted(colourful(width, height), width, height);
    const rgba = colourful(size.width, size.height);
    const planar = converted(rgba, size.width, size.height);
    const pictures = { I420: planar, NV12: interleaved(planar, size.width, size.height), RGBA: rgba };
    for (const [layout, picture] of Object.entries(pictures)) {
      const decoded = decode(encode([picture, picture], { settings, layout, size }), settings).at(-1);
      const likeness = psnr(decoded, expected);
      assert.ok(likeness > 38, `${layout} of ${size.width}×${size.height}: ${likeness} dB`);
    }
  }
});

test('RGB becomes BT.709 of limited range, to the level', () => {
  const settings = { ...SETTINGS, width: 64, height: 64, bitrate: 20_000_000 };
  // ITU-R BT.709 for white, black, red, green, blue, grey.
  const expected = {
    '255,255,255': [235, 128, 128],
    '0,0,0': [16, 128, 128],
    '255,0,0': [63, 102, 240],
    '0,255,0': [173, 42, 26],
    '0,0,255': [32, 240, 118],
    '128,128,128': [126, 128, 128],
  };
  for (const [rgb, yuv] of Object.entries(expected)) {
    const pixel = [...rgb.split(',').map(Number), 255];
    const picture = Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => pixel[i % 4]);
    const decoded = decode(encode([picture, picture], { settings, layout: 'RGBA' }), settings).at(-1);
    const found = [decoded[0], decoded[64 * 64], decoded[64 * 64 * 1.25]];
    found.forEach((level, i) => assert.ok(Math.abs(level - yuv[i]) <= 2, `${rgb}: ${found}, not ${yuv}`));
  }
});

test('the stream says which colours it has', () => {
  const of = (colour) => {
    const { color_range, color_primaries, color_transfer, color_space } = probe(
      encode(moving(SETTINGS, 2), { settings: { ...SETTINGS, colour } }),
    );
    return [color_range, color_primaries, color_transfer, color_space];
  };
  assert.deepEqual(of(BT709), ['tv', 'bt709', 'bt709', 'bt709']);
  assert.deepEqual(of({ ...BT709, fullRange: true }), ['pc', 'bt709', 'bt709', 'bt709']);
  const smpte170m = { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m', fullRange: false };
  assert.deepEqual(of(smpte170m), ['tv', 'smpte170m', 'smpte170m', 'smpte170m']);
  const screen = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'smpte170m', fullRange: true };
  assert.deepEqual(of(screen), ['pc', 'bt709', 'iec61966-2-1', 'smpte170m']);
  const unknown = { primaries: null, transfer: null, matrix: null, fullRange: null };
  assert.deepEqual(of(unknown), ['tv', undefined, undefined, undefined]);
});

test('even sizes are encoded whole, at a level that allows them', () => {
  const sizes = [
    [16, 16],
    [18, 34],
    [322, 182],
    [180, 320],
    [1280, 720],
    [1920, 1080],
    [4096, 2304],
  ];
  // ITU-T H.264 table A-1: macroblocks a picture may have, by level.
  const limits = { 10: 99, 11: 396, 20: 396, 21: 792, 22: 1620, 30: 1620, 31: 3600, 32: 5120, 40: 8192, 51: 36864 };
  for (const [width, height] of sizes) {
    const settings = { ...SETTINGS, width, height, bitrate: Math.max(100_000, width * height * 2) };
    const pictures = moving(settings, 2);
    const encoded = encode(pictures, { settings });
    const stream = probe(encoded);
    assert.deepEqual([stream.width, stream.height], [width, height]);
    const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
    assert.ok(blocks <= (limits[stream.level] ?? 36864), `${width}×${height} at level ${stream.level}`);
    assert.ok(psnr(decode(encoded, settings).at(-1), pictures[1]) > 30, `${width}×${height}`);
  }
});

test('what can not be encoded is refused with the reason, and spoils nothing', () => {
  const encoder = new Module(simd);
  assert.throws(() => encoder.encode(0, true), { message: 'it was not configured' });
  for (const [width, height] of [
    [0, 0],
    [-2, 180],
    [8, 8],
    [321, 180],
    [320, 181],
    [8192, 4320],
    [65536, 65536],
  ]) {
    assert.throws(() => encoder.configure({ ...SETTINGS, width, height }), /./, `${width}×${height}`);
    assert.throws(() => encoder.encode(0, true), { message: 'it was not configured' });
  }
  assert.throws(() => encoder.configure({ ...SETTINGS, width: 8192, height: 4320 }), /8192/);
  for (const wrong of [{ framerate: 0 }, { framerate: NaN }, { bitrate: 0 }, { bitrate: -1 }]) {
    assert.throws(() => encoder.configure({ ...SETTINGS, ...wrong }), /./, JSON.stringify(wrong));
  }
  encoder.configure(SETTINGS);
  encoder.room('I420', 320, 180).set(moving(SETTINGS, 1)[0]);
  assert.ok(encoder.encode(0, false).key);
});

test('memory is the same after 2,000 frames and after 200 changes of size', () => {
  const size = { width: 160, height: 90 };
  const pictures = moving(size, 60);
  const encoder = new Module(simd);
  const settings = { ...SETTINGS, ...size, bitrate: 150_000 };
  encoder.configure(settings);
  let before;
  for (let n = 0; n < 2_000; n++) {
    encoder.room('I420', 160, 90).set(pictures[bounce(n)]);
    encoder.encode((n * 1e6) / 30, n % 60 === 0);
    if (n === 100) before = encoder.memory;
  }
  assert.equal(encoder.memory, before);
  const sizes = [size, { width: 320, height: 180 }, { width: 640, height: 360 }];
  for (let n = 0; n < 200; n++) {
    const next = sizes[n % sizes.length];
    encoder.configure({ ...settings, ...next });
    for (const layout of ['I420', 'RGBA']) {
      encoder.room(layout, next.width, next.height).fill(n, 0, next.width * next.height);
      encoder.encode((n * 1e6) / 30, false);
    }
    if (n === 20) before = encoder.memory;
  }
  assert.equal(encoder.memory, before);
});

/** Forwards and backwards over 60 pictures, without a cut. */
function bounce(n) {
  const at = n % 118;
  return at < 60 ? at : 118 - at;
}

function colourful(width, height) {
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = [
        ((x + 0.5) * 255) / width,
        ((y + 0.5) * 255) / height,
        128 + 100 * Math.sin(((x + 0.5) / width) * 9),
        255,
      ];
      rgba.set(pixel.map(Math.round), 4 * (y * width + x));
    }
  }
  return rgba;
}

/** To I420 by ITU-R BT.709, in real numbers. */
function converted(rgba, width, height) {
  const planar = new Uint8Array((width * height * 3) / 2);
  const at = (x, y) => [...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];
  const luma = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) planar[y * width + x] = Math.round(16 + (219 * luma(at(x, y))) / 255);
  }
  const chroma = width * height;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
      const mean = [0, 1, 2].map((c) => four.reduce((sum, pixel) => sum + pixel[c] / 4, 0));
      const i = (y / 2) * (width / 2) + x / 2;
      planar[chroma + i] = Math.round(128 + (224 * (mean[2] - luma(mean))) / 1.8556 / 255);
      planar[chroma * 1.25 + i] = Math.round(128 + (224 * (mean[0] - luma(mean))) / 1.5748 / 255);
    }
  }
  return planar;
}

function interleaved(planar, width, height) {
  const luma = width * height;
  const pixels = planar.slice();
  for (let i = 0; i < luma / 4; i++) {
    pixels[luma + 2 * i] = planar[luma + i];
    pixels[luma + 2 * i + 1] = planar[luma * 1.25 + i];
  }
  return pixels;
}

function swapped(rgba) {
  return rgba.map((_, i) => rgba[i % 4 === 0 ? i + 2 : i % 4 === 2 ? i - 2 : i]);
}
