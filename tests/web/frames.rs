use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = r#"
    // Frames are delivered as fast as they are read. Their arrival times are ahead of the clock, so that no silence is detected.
    const AHEAD = 3_600_000;

    // A stream of pictures that change, at these timestamps; `frames` keeps them, to be inspected at the end.
    export function frame_stream(width, height, timestamps, frames) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      const isClock = timestamps.every((time, i) => i === 0 || (time > timestamps[i - 1] && time < timestamps[i - 1] + 1e6));
      let n = 0;
      return new ReadableStream({
        pull(controller) {
          if (n === timestamps.length) return controller.close();
          context.fillStyle = `hsl(${n * 17} 80% 50%)`;
          context.fillRect(0, 0, width, height);
          context.fillStyle = '#fff';
          context.fillRect((n * 13) % width, height / 4, width / 8, height / 2);
          const frame = new VideoFrame(canvas, { timestamp: timestamps[n++] });
          frames.push(frame);
          const sinceFirst = isClock ? (frame.timestamp - timestamps[0]) / 1000 : (n * 1000) / 30;
          controller.enqueue({ frame, arrived: AHEAD + sinceFirst });
        },
      });
    }

    // The same, at the pace of its timestamps.
    export function paced_stream(width, height, timestamps, frames) {
      let n = 0;
      const wait = async (chunk, controller) => {
        if (n > 0) await new Promise((done) => setTimeout(done, (timestamps[n] - timestamps[n - 1]) / 1000));
        n++;
        controller.enqueue(chunk.frame);
      };
      return frame_stream(width, height, timestamps, frames).pipeThrough(new TransformStream({ transform: wait }));
    }

    // The width of the pictures that encoders are tried out with. No test has it.
    const TRIAL_WIDTH = 1280;

    // Has encoders drop these frames, as https://www.w3.org/TR/webcodecs/#latency-mode allows; returns a function that ends that.
    export function skip_frames(from, to) {
      const { encode } = VideoEncoder.prototype;
      let n = 0;
      VideoEncoder.prototype.encode = function (frame, options) {
        if (frame.codedWidth === TRIAL_WIDTH || n < from || n >= to) encode.call(this, frame, options);
        if (frame.codedWidth !== TRIAL_WIDTH) n++;
      };
      return () => void (VideoEncoder.prototype.encode = encode);
    }

    // Has this many encoders fail at their frame `at`, one after the other; returns a function that ends that. `asked` gets the
    // requested acceleration of each encoder.
    export function break_encoders(count, at, asked) {
      const Native = VideoEncoder;
      globalThis.VideoEncoder = class extends Native {
        #error;
        #frames = 0;
        constructor(init) {
          super(init);
          this.#error = init.error;
        }
        configure(config) {
          if (config.width !== TRIAL_WIDTH) asked.push(config.hardwareAcceleration);
          super.configure(config);
        }
        encode(frame, options) {
          super.encode(frame, options);
          if (frame.codedWidth === TRIAL_WIDTH || ++this.#frames !== at || count-- <= 0) return;
          this.close();
          queueMicrotask(() => this.#error(new DOMException('on purpose', 'EncodingError')));
        }
      };
      return () => void (globalThis.VideoEncoder = Native);
    }

    // A stream of the frames that are pushed into it.
    export function held_stream(hold) {
      const { promise, resolve } = Promise.withResolvers();
      hold.push(undefined, promise);
      return new ReadableStream({
        start(controller) { hold[0] = controller; },
        cancel() { resolve(); },
      });
    }

    // Settles when a held stream has been cancelled.
    export async function cancellation(hold) {
      await hold[1];
    }

    export function push_frame(hold, timestamp, width, height) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      context.fillStyle = '#fff';
      context.fillRect((timestamp / 40000) % width, 0, 50, 50);
      hold[0].enqueue({ frame: new VideoFrame(canvas, { timestamp }), arrived: AHEAD + timestamp / 1000 });
    }

    export function push_turned_frame(hold, timestamp, width, height, rotation) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      context.fillStyle = '#fff';
      context.fillRect((timestamp / 40000) % width, 0, 50, 50);
      hold[0].enqueue({ frame: new VideoFrame(canvas, { timestamp, rotation }), arrived: AHEAD + timestamp / 1000 });
    }

    // Closes decoders while they work, as a browser may; returns a function that ends that.
    export function lose_decoders() {
      const { decode } = VideoDecoder.prototype;
      VideoDecoder.prototype.decode = function (chunk) {
        decode.call(this, chunk);
        if (chunk.type === 'delta') this.close();
      };
      return () => void (VideoDecoder.prototype.decode = decode);
    }

    // Hides the browser's decoders; returns a function that ends that.
    export function hide_decoders() {
      const { VideoDecoder } = globalThis;
      delete globalThis.VideoDecoder;
      return () => void (globalThis.VideoDecoder = VideoDecoder);
    }

    // Long enough for pending promises, and too short for an encoder.
    export async function microtasks() { for (let i = 0; i < 50; i++) await null; }

    // Has no transaction that writes complete; returns a function that ends that.
    export function never_finish_writes() {
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (stores, mode, options) {
        const opened = transaction.call(this, stores, mode, options);
        if (mode === 'readwrite') Object.defineProperty(opened, 'oncomplete', { set() {} });
        return opened;
      };
      return () => void (IDBDatabase.prototype.transaction = transaction);
    }

    export function is_closed(frame) { return frame.format === null; }
"#)]
extern "C" {
    pub fn frame_stream(width: u32, height: u32, timestamps: Vec<f64>, frames: &Array) -> web_sys::ReadableStream;
    pub fn paced_stream(width: u32, height: u32, timestamps: Vec<f64>, frames: &Array) -> web_sys::ReadableStream;
    pub fn skip_frames(from: u32, to: u32) -> Function;
    pub fn break_encoders(count: u32, at: u32, asked: &Array) -> Function;
    pub fn held_stream(hold: &Array) -> web_sys::ReadableStream;
    pub async fn cancellation(hold: &Array);
    pub fn push_frame(hold: &Array, timestamp: f64, width: u32, height: u32);
    pub fn push_turned_frame(hold: &Array, timestamp: f64, width: u32, height: u32, rotation: u32);
    pub fn lose_decoders() -> Function;
    pub fn hide_decoders() -> Function;
    pub fn microtasks() -> js_sys::Promise;
    pub fn never_finish_writes() -> Function;
    pub fn is_closed(frame: &JsValue) -> bool;
}

/// Timestamps at a steady rate, in microseconds.
pub(crate) fn steady(frames: u32, fps: f64) -> Vec<f64> {
    (0..frames).map(|n| (f64::from(n) * 1e6 / fps).round() + 723_318_000.0).collect()
}

/// The events that a recording reports to its page; the promise resolves at `stop`.
pub(crate) struct Events {
    pub all: Array,
    pub notify: Function,
    pub stopped: js_sys::Promise,
    _closure: Closure<dyn FnMut(JsValue)>,
}

impl Events {
    pub(crate) fn new() -> Self {
        let all = Array::new();
        let mut resolve = None;
        let stopped = js_sys::Promise::new(&mut |resolved, _| resolve = Some(resolved));
        let gathered = all.clone();
        let closure = Closure::new(move |event: JsValue| {
            gathered.push(&event);
            if trackreel::browser::field(&event, "type") == "stop" {
                let _ = resolve.as_ref().unwrap().call0(&JsValue::UNDEFINED);
            }
        });
        let notify = closure.as_ref().clone().unchecked_into();
        Self { all, notify, stopped, _closure: closure }
    }

    /// The last event of a type.
    pub(crate) fn last(&self, kind: &str) -> JsValue {
        let of_kind = |event: &JsValue| trackreel::browser::field(event, "type") == kind;
        self.all.iter().rfind(of_kind).unwrap_or_default()
    }
}
