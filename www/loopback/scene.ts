import { drawCounter } from './counter.js';

/** The context of a canvas in a worker or in the page. */
export type SceneContext = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

/** A ridge of hills. Lengths are parts of the picture's height, speeds parts of it a second. */
interface Ridge {
  colour: string;
  /** Where it lies, from the top. */
  level: number;
  relief: number;
  /** Length of its longest wave. */
  wave: number;
  speed: number;
}

/** From the farthest, which is palest and slowest, to the nearest. */
const RIDGES: readonly Ridge[] = [
  { colour: '#a5859a', level: 0.56, relief: 0.05, wave: 0.9, speed: 0.006 },
  { colour: '#7d6c90', level: 0.61, relief: 0.06, wave: 0.75, speed: 0.011 },
  { colour: '#585680', level: 0.67, relief: 0.055, wave: 0.85, speed: 0.019 },
  { colour: '#39416a', level: 0.74, relief: 0.05, wave: 1.1, speed: 0.032 },
  { colour: '#1c2545', level: 0.83, relief: 0.045, wave: 1.5, speed: 0.055 },
];

const CLOUDS = [
  { level: 0.2, size: 0.85, start: 0.1, speed: 0.012 },
  { level: 0.31, size: 0.6, start: 1.0, speed: 0.017 },
  { level: 0.41, size: 0.45, start: 1.6, speed: 0.009 },
] as const;

/** Hills at dusk that drift by, with a clock and the frame counter: the picture that is sent. */
export class Scene {
  readonly #ctx: SceneContext;
  readonly #width: number;
  readonly #height: number;
  readonly #fps: number;
  // What has soft edges is slow to draw and never changes: it is drawn once, and copied into every frame.
  readonly #sky: OffscreenCanvas;
  readonly #sun: OffscreenCanvas;
  readonly #cloud: OffscreenCanvas;

  constructor(ctx: SceneContext, fps: number) {
    this.#ctx = ctx;
    this.#width = ctx.canvas.width;
    this.#height = ctx.canvas.height;
    this.#fps = fps;
    this.#sky = drawSky(this.#width, this.#height);
    this.#sun = drawSun(this.#height * 0.5);
    this.#cloud = drawCloud(this.#height * 0.8, this.#height * 0.1);
  }

  /** Draws frame number `n`. */
  draw(n: number): void {
    const time = n / this.#fps;
    this.#ctx.drawImage(this.#sky, 0, 0);
    this.#drawSun(time);
    this.#drawClouds(time);
    for (const ridge of RIDGES) this.#drawRidge(ridge, time);
    this.#drawClock(time, n);
    drawCounter(this.#ctx, n, this.#width, this.#height);
  }

  #drawSun(time: number): void {
    // It rises and sets behind the hills within ten minutes, and is never quite gone.
    const phase = (time / 600) * 2 * Math.PI;
    const x = this.#width * (0.64 + 0.16 * Math.sin(phase));
    const y = this.#height * (0.43 + 0.08 * Math.sin(2 * phase));
    this.#ctx.drawImage(this.#sun, Math.round(x - this.#sun.width / 2), Math.round(y - this.#sun.height / 2));
  }

  #drawClouds(time: number): void {
    const height = this.#height;
    for (const { level, size, start, speed } of CLOUDS) {
      const width = this.#cloud.width * size;
      const span = this.#width + width;
      const x = ((start + speed * time) * height) % span;
      this.#ctx.drawImage(this.#cloud, x - width, level * height, width, this.#cloud.height * size);
    }
  }

  #drawRidge({ colour, level, relief, wave, speed }: Ridge, time: number): void {
    const ctx = this.#ctx;
    const height = this.#height;
    const unit = (2 * Math.PI) / (wave * height);
    const shift = (time * speed + level * 10) * height;
    const step = Math.max(4, height / 90);
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.moveTo(0, height);
    for (let x = 0; x < this.#width + step; x += step) {
      const at = (x + shift) * unit;
      const wavy = 0.55 * Math.sin(at) + 0.3 * Math.sin(at * 2.3 + 1) + 0.15 * Math.sin(at * 5.1 + 2);
      ctx.lineTo(x, (level - relief * wavy) * height);
    }
    ctx.lineTo(this.#width, height);
    ctx.fill();
  }

  #drawClock(time: number, n: number): void {
    const ctx = this.#ctx;
    // Whatever the shape of the picture, as large as it fits next to the counter.
    const size = Math.min(this.#width / 18, this.#height / 10);
    const left = this.#width / 32;
    ctx.textBaseline = 'alphabetic';
    ctx.fillStyle = '#fff';
    ctx.font = `300 ${size}px system-ui, sans-serif`;
    ctx.fillText(clock(time), left, left + size * 0.8);
    ctx.fillStyle = '#d5d9ee';
    ctx.font = `400 ${size * 0.3}px system-ui, sans-serif`;
    ctx.fillText(`frame ${n}`, left + size * 0.05, left + size * 1.3);
  }
}

function clock(time: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${two(time / 3600)}:${two((time / 60) % 60)}:${two(time % 60)}`;
}

function layer(width: number, height: number): [OffscreenCanvas, OffscreenCanvasRenderingContext2D] {
  const canvas = new OffscreenCanvas(Math.ceil(width), Math.ceil(height));
  const ctx = canvas.getContext('2d');
  if (!ctx) throw new Error('this browser gives no 2D canvas');
  return [canvas, ctx];
}

function drawSky(width: number, height: number): OffscreenCanvas {
  const [canvas, ctx] = layer(width, height);
  const sky = ctx.createLinearGradient(0, 0, 0, height * 0.68);
  sky.addColorStop(0, '#25335e');
  sky.addColorStop(0.45, '#6d6a99');
  sky.addColorStop(0.75, '#d39a9b');
  sky.addColorStop(1, '#f6c9a2');
  ctx.fillStyle = sky;
  ctx.fillRect(0, 0, width, height);
  return canvas;
}

function drawSun(size: number): OffscreenCanvas {
  const [canvas, ctx] = layer(size, size);
  const centre = size / 2;
  const sun = ctx.createRadialGradient(centre, centre, 0, centre, centre, centre);
  sun.addColorStop(0, '#fff3d6');
  sun.addColorStop(0.27, '#ffe7bd');
  sun.addColorStop(0.285, '#ffdfb073');
  sun.addColorStop(0.6, '#ffd9a626');
  sun.addColorStop(1, '#ffd9a600');
  ctx.fillStyle = sun;
  ctx.fillRect(0, 0, size, size);
  return canvas;
}

function drawCloud(width: number, height: number): OffscreenCanvas {
  const [canvas, ctx] = layer(width, height);
  const puffs = [
    [0.3, 0.6, 0.3, 0.3],
    [0.55, 0.5, 0.45, 0.45],
    [0.72, 0.65, 0.26, 0.3],
  ] as const;
  for (const [x, y, radiusX, radiusY] of puffs) {
    ctx.setTransform(radiusX * width, 0, 0, radiusY * height, x * width, y * height);
    const puff = ctx.createRadialGradient(0, 0, 0, 0, 0, 1);
    puff.addColorStop(0, '#ffe6dc59');
    puff.addColorStop(1, '#ffe6dc00');
    ctx.fillStyle = puff;
    ctx.fillRect(-1, -1, 2, 2);
  }
  return canvas;
}
