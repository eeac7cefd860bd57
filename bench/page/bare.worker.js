// The least that a page must do to encode a track: read, encode, close; the output is discarded.
let reader;
const fail = ({ message }) => postMessage({ error: message });

onmessage = async ({ data }) => {
  if (data === 'stop') return reader.cancel();
  const { readable, config, keyFrameUs } = data;
  let received = 0;
  let frames = 0;
  let bytes = 0;
  const encoder = new VideoEncoder({
    output(chunk) {
      frames++;
      bytes += chunk.byteLength;
    },
    error: fail,
  });
  encoder.configure(config);
  reader = readable.getReader();
  let keyFrameAt = -Infinity;
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) break;
    received++;
    const keyFrame = frame.timestamp - keyFrameAt >= keyFrameUs;
    if (keyFrame) keyFrameAt = frame.timestamp;
    encoder.encode(frame, { keyFrame });
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  postMessage({ received, frames, bytes });
};
