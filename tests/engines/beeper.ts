/** A stream with a flash and a beep every second. */
export interface Beeper {
  readonly stream: MediaStream;
  close(): void;
}

/** How a stream comes to the page: its own, or over a connection to itself. */
export type Way = 'local' | 'received';

const PERIOD_MS = 1000;
const BEEP_MS = 100;

/** Starts a beeper. Its sound needs an audio device, and autoplay or a click. */
export async function startBeeper(way: Way): Promise<Beeper> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [320, 240];
  const picture = canvas.getContext('2d', { alpha: false })!;
  const context = new AudioContext();
  const resume = () => void context.resume();
  resume();
  addEventListener('click', resume);
  const [tone, loudness] = [context.createOscillator(), context.createGain()];
  const sent = context.createMediaStreamDestination();
  tone.frequency.value = 1000;
  loudness.gain.value = 0;
  tone.connect(loudness).connect(sent);
  tone.start();

  let ticks = 0;
  let wasLoud = false;
  const tick = () => {
    const isLoud = performance.now() % PERIOD_MS < BEEP_MS;
    picture.fillStyle = isLoud ? '#fff' : '#000';
    picture.fillRect(0, 0, canvas.width, canvas.height);
    picture.fillStyle = '#888';
    picture.fillRect((ticks++ * 7) % 300, 100, 20, 20);
    if (isLoud !== wasLoud) loudness.gain.setValueAtTime(isLoud ? 0.5 : 0, context.currentTime);
    wasLoud = isLoud;
  };
  tick();
  const timer = setInterval(tick, 20);
  const tracks = [...canvas.captureStream(30).getVideoTracks(), ...sent.stream.getAudioTracks()];
  const connection = way === 'received' ? await receive(tracks) : undefined;
  return {
    stream: connection?.stream ?? new MediaStream(tracks),
    close() {
      clearInterval(timer);
      removeEventListener('click', resume);
      connection?.close();
      for (const track of tracks) track.stop();
      void context.close();
    },
  };
}

/** Sends tracks to this page itself. */
async function receive(tracks: MediaStreamTrack[]): Promise<Beeper> {
  const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
  sender.onicecandidate = ({ candidate }) => void (candidate && receiver.addIceCandidate(candidate));
  receiver.onicecandidate = ({ candidate }) => void (candidate && sender.addIceCandidate(candidate));
  const sent = new MediaStream(tracks);
  for (const track of tracks) sender.addTrack(track, sent);
  const stream = new Promise<MediaStream>((resolve) => (receiver.ontrack = ({ streams }) => resolve(streams[0]!)));
  await sender.setLocalDescription();
  await receiver.setRemoteDescription(sender.localDescription!);
  await receiver.setLocalDescription();
  await sender.setRemoteDescription(receiver.localDescription!);
  const close = () => [sender, receiver].forEach((connection) => connection.close());
  return { stream: await stream, close };
}
