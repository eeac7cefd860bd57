// A shared screen: a page of text that scrolls, rests, and is typed into.

const WORDS = (
  'a track ends when its sender stops and what was received until then stays on the disk of whoever recorded it so that no ' +
  'server has to keep it const recorder = new Recorder(stream) await recorder.start() if (frame.timestamp > limit) return ' +
  'segments begin with a key frame and hold two seconds of pictures each one of which has a time and a length in bytes'
).split(' ');

const INK = ['#24292f', '#0550ae', '#116329', '#24292f', '#cf222e', '#24292f'];

/** A window of an editor: it scrolls for a second, then text is typed for two. */
export class Page {
  #context;

  constructor(context) {
    this.#context = context;
  }

  /** Draws picture number `n`, of 30 a second. */
  draw(n) {
    const context = this.#context;
    const { width, height } = context.canvas;
    const size = Math.round(Math.max(11, height / 45));
    const line = Math.round(size * 1.5);
    const [turn, within] = [Math.floor(n / 90), n % 90];
    const scrolled = (turn + Math.min(1, within / 30)) * line * 8;
    const typed = Math.max(0, within - 30);
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, width, height);
    context.font = `${size}px monospace`;
    context.textBaseline = 'top';
    const first = Math.floor(scrolled / line);
    for (let row = first; (row - first - 1) * line < height; row++) {
      const y = Math.round(row * line - scrolled);
      context.fillStyle = '#8c959f';
      context.fillText(String(row + 1), size, y);
      const indent = 4 + (row % 5);
      let x = size * indent;
      for (let word = 0; word < 6 + (row % 7) && x < width; word++) {
        const text = WORDS[(row * 13 + word * 7) % WORDS.length];
        context.fillStyle = INK[(row + word) % INK.length];
        context.fillText(text, x, y);
        x += context.measureText(`${text} `).width;
      }
    }
    // Where it is typed, three characters a fifth of a second.
    const at = Math.round(height * 0.6);
    const text = WORDS.join(' ').slice(0, Math.floor(typed / 2));
    context.fillStyle = '#fff8c5';
    context.fillRect(0, at - 2, width, line);
    context.fillStyle = '#24292f';
    context.fillText(text, size * 4, at);
    if (n % 30 < 15) context.fillRect(size * 4 + context.measureText(text).width, at, 2, size);
  }
}
