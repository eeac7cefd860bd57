// Takes blocks of sound and does nothing with them, until it is to stop.
let reader;

self.onmessage = async ({ data }) => {
  if (data === 'stop') {
    await reader.cancel();
    self.postMessage('stopped');
    return;
  }
  reader = data.getReader();
  for (;;) {
    const { done, value: sound } = await reader.read();
    if (done) return;
    sound.close();
  }
};
