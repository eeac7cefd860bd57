import { Activity, StrictMode, useEffect } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import * as trackreel from 'trackreel';
import 'trackreel/controls';
import { useProgress, useRecorder, useRecording } from 'trackreel/react';
import type { ProgressStore, UseRecorder, UseRecording } from 'trackreel/react';
import { base64, connect } from './connection.js';

/** What the component under test is given. */
interface Shown {
  stream?: MediaStream | null;
  options?: trackreel.RecorderOptions;
  /** Whether its own effect begins to record as soon as there is a stream. */
  auto?: boolean;
  /** The same of a component in it, whose effects React runs before its own. */
  autoChild?: boolean;
  /** Whether React hides it, as it may with parts that are not shown. */
  hidden?: boolean;
}

/** What a test finds in the page. */
export interface ReactStage {
  trackreel: typeof trackreel;
  connect: typeof connect;
  base64: typeof base64;
  /** The hook's result in the last render; in strict mode also in one that React discards. */
  hook: UseRecorder | undefined;
  /** How often a component's effects have run. */
  effects: number;
  /** How often what it shows has been put on the page. */
  commits: number;
  /** The result of the hook without progress in the last render. */
  recording: UseRecording | undefined;
  /** How often each part of the component in two parts has been rendered and put on the page. */
  parts: { call: number; seconds: number; all: number };
  /** Every `start` that the hook returned. */
  starts: Set<UseRecorder['start']>;
  show(shown: Shown): void;
  /** Shows a component that has no progress, in which two others have. */
  showParts(stream: MediaStream): void;
  /** Shows the custom element, by React. */
  showControls(stream: MediaStream, onstart: () => void): void;
  unmount(): void;
}

declare global {
  var reactStage: ReactStage;
}

function Call({ stream, options, auto, autoChild }: Shown) {
  // A new literal in every render, as people write it.
  const recorder = useRecorder(stream, { ...options });
  const { start } = recorder;
  useEffect(() => {
    reactStage.effects++;
    reactStage.starts.add(start);
    if (auto && stream) void start();
  }, [auto, stream, start]);
  useEffect(() => {
    reactStage.hook = recorder;
    reactStage.commits++;
  });
  return (
    <>
      {autoChild && <Start start={start} />}
      <output>{recorder.state}</output>
      <p role="timer">{recorder.duration.toFixed(1)}</p>
      <p role="alert">{recorder.error?.message}</p>
      <button onClick={() => recorder.start()}>Record</button>
      <button onClick={recorder.pause}>Pause</button>
      <button onClick={recorder.resume}>Resume</button>
      <button onClick={() => recorder.stop()}>Stop</button>
      <button onClick={() => recorder.download()}>Save</button>
    </>
  );
}

function Start({ start }: Pick<UseRecorder, 'start'>) {
  useEffect(() => void start(), [start]);
  return null;
}

function CallInParts({ stream }: { stream: MediaStream }) {
  const recording = useRecording(stream, { maxLength: '1m' });
  useEffect(() => {
    reactStage.recording = recording;
    reactStage.parts.call++;
  });
  return (
    <>
      <output>{recording.state}</output>
      <Seconds progress={recording.progress} />
      <All progress={recording.progress} />
      <button onClick={() => recording.start()}>Record</button>
      <button onClick={recording.pause}>Pause</button>
      <button onClick={() => recording.stop()}>Stop</button>
    </>
  );
}

function Seconds({ progress }: { progress: ProgressStore }) {
  const seconds = useProgress(progress, ({ duration }) => Math.floor(duration));
  useEffect(() => void reactStage.parts.seconds++);
  return <p role="timer">{seconds}</p>;
}

function All({ progress }: { progress: ProgressStore }) {
  const { bytes } = useProgress(progress);
  // A new object each time, which must not render it for ever.
  const { paused } = useProgress(progress, ({ drops }) => ({ paused: drops.paused }));
  useEffect(() => void reactStage.parts.all++);
  return (
    <p>
      {bytes} B, {paused} left out
    </p>
  );
}

let root: Root | undefined;

function render(content: React.ReactNode): void {
  root ??= createRoot(document.querySelector('main')!);
  root.render(<StrictMode>{content}</StrictMode>);
}

globalThis.reactStage = {
  trackreel,
  connect,
  base64,
  hook: undefined,
  effects: 0,
  commits: 0,
  recording: undefined,
  parts: { call: 0, seconds: 0, all: 0 },
  starts: new Set(),
  show({ hidden, ...shown }) {
    const call = <Call {...shown} />;
    render(hidden === undefined ? call : <Activity mode={hidden ? 'hidden' : 'visible'}>{call}</Activity>);
  },
  showParts: (stream) => render(<CallInParts stream={stream} />),
  showControls: (stream, onstart) =>
    render(
      <trackreel-controls stream={stream} max-length="20s" max-fps={undefined} onstart={onstart} onstop={undefined} />,
    ),
  unmount() {
    root?.unmount();
    root = undefined;
  },
};
