// What a hand-held camera may see: a textured room that drifts, turns and comes nearer by fractions of a pixel, a person who
// moves in front of it, and the grain of a sensor. The same pictures each time.

const SIDE = 1024;

/** Picture number `n`, of 30 a second, as I420. */
export function camera(width, height) {
  const room = surface([128, 60, 18, 6, 2.5], [1, 2, 3, 4, 5]);
  // Furniture, with edges.
  surface([120, 40], [20, 21]).forEach(
    (height, i) => (room[i] = 0.8 * room[i] + (height > 12 ? 35 : height < -12 ? -30 : 0)),
  );
  const person = surface([64, 24, 8, 3], [6, 7, 8, 9]);
  const tint = [surface([256, 100], [10, 11]), surface([256, 100], [12, 13])];
  const grain = bell(1 << 16);
  const unit = height / 720;

  return (n) => {
    const data = new Uint8Array((width * height * 3) / 2);
    const t = n / 30;
    const angle = 0.03 * Math.sin(t * 0.9);
    const scale = (1.1 - 0.08 * Math.sin(t * 0.7)) / unit;
    const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
    const [left, top] = [300 + 130 * Math.sin(t * 0.8), 300 + 60 * Math.sin(t * 1.1)];
    const at = [width * (0.5 + 0.2 * Math.sin(t * 1.3)), height * (0.55 + 0.03 * Math.sin(t * 5))];
    const radii = [height * 0.23, height * 0.4];
    let seed = (n * 7919) & 0xffff;
    const plane = (offset, w, h, step, value) => {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) data[offset + y * w + x] = value(x * step, y * step);
      }
    };
    const inside = (x, y) => ((x - at[0]) / radii[0]) ** 2 + ((y - at[1]) / radii[1]) ** 2 < 1;
    plane(0, width, height, 1, (x, y) => {
      const noise = grain[(seed = (seed + 40503) & 0xffff)];
      if (inside(x, y)) return clamp(140 + 0.7 * sample(person, (x - at[0]) / unit, (y - at[1]) / unit) + noise);
      return clamp(110 + sample(room, left + cos * x - sin * y, top + sin * x + cos * y) + noise);
    });
    for (const c of [0, 1]) {
      plane(width * height * (1 + c / 4), width / 2, height / 2, 2, (x, y) => {
        if (inside(x, y)) return clamp(118 + 24 * c + 0.1 * sample(tint[c], (x - at[0]) / unit, (y - at[1]) / unit));
        return clamp(128 + 0.35 * sample(tint[c], left + cos * x - sin * y, top + sin * x + cos * y));
      });
    }
    return data;
  };
}

/** Smooth noise of several scales, that repeats. */
function surface(cells, seeds) {
  const sum = new Float32Array(SIDE * SIDE);
  cells.forEach((cell, i) => {
    const count = Math.max(2, Math.round(SIDE / cell));
    const random = randomness(seeds[i]);
    const amplitude = 9 * Math.sqrt(cell / 6) * Math.min(1, cell / 4);
    const knots = Float32Array.from({ length: count * count }, () => amplitude * (random() * 2 - 1));
    for (let y = 0; y < SIDE; y++) {
      const [gy, fy] = split((y * count) / SIDE);
      const [above, below] = [gy * count, ((gy + 1) % count) * count];
      for (let x = 0; x < SIDE; x++) {
        const [gx, fx] = split((x * count) / SIDE);
        const right = (gx + 1) % count;
        const a = knots[above + gx] + (knots[above + right] - knots[above + gx]) * fx;
        const b = knots[below + gx] + (knots[below + right] - knots[below + gx]) * fx;
        sum[y * SIDE + x] += a + (b - a) * fy;
      }
    }
  });
  return sum;
}

/** Between four of its values. */
function sample(values, x, y) {
  const [ix, iy] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - ix, y - iy];
  const [x0, x1] = [ix & (SIDE - 1), (ix + 1) & (SIDE - 1)];
  const [y0, y1] = [(iy & (SIDE - 1)) * SIDE, ((iy + 1) & (SIDE - 1)) * SIDE];
  const above = values[y0 + x0] + (values[y0 + x1] - values[y0 + x0]) * fx;
  const below = values[y1 + x0] + (values[y1 + x1] - values[y1 + x0]) * fx;
  return above + (below - above) * fy;
}

function split(number) {
  const whole = Math.floor(number);
  return [whole, number - whole];
}

/** Noise whose standard deviation is 1.5 levels. */
function bell(length) {
  const random = randomness(99);
  return Float32Array.from({ length }, () => (random() + random() + random() - 1.5) * 3);
}

/** Numbers from 0 to 1, the same for a seed (Marsaglia's xorshift). */
function randomness(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function clamp(level) {
  return Math.max(16, Math.min(235, level));
}
