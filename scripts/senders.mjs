// npm run senders -- --out FOLDER [NAME…]: what a page receives from a real AI video server, as files:
// NAME.csv (a line for each frame that was delivered), NAME.ivf (the encoded frames) and NAME.json (the server's log).
// `npm run senders -- --keep FOLDER` makes tests/fixtures/senders/ of the captures in a folder.
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPython } from './python.mjs';
import { ensureBrowsers } from './setup.mjs';

const CONFIG = 'tests/senders/vite.config.ts';

/** Starts the server; gives its address. It ends with this process. */
export function startSender() {
  return startPython('senders');
}

async function captureAll(folder, names) {
  const { buildPackage } = await import('./build.mjs');
  const { buildPage, servePage } = await import('./page.mjs');
  const { launchChromium } = await import('./browser.mjs');
  const { CAPTURES } = await import('../tests/senders/plans.mjs');
  mkdirSync(folder, { recursive: true });
  await buildPackage();
  await buildPage(CONFIG);
  ensureBrowsers();
  const [sender, server, browser] = [await startSender(), await servePage(0, CONFIG), await launchChromium()];
  for (const name of names.length > 0 ? names : Object.keys(CAPTURES)) {
    const { busy = 0, ...plan } = CAPTURES[name];
    const loops = Array.from({ length: busy }, () => spawn(process.execPath, ['-e', 'for (;;) {}']));
    const page = await browser.newPage();
    page.on('console', (message) => console.error(`page: ${message.text()}`));
    try {
      await page.goto(server.url);
      await page.waitForFunction(() => globalThis.senders);
      const result = await page.evaluate(([url, plan]) => globalThis.senders.capture(url, plan), [sender.url, plan]);
      writeCapture(folder, name, result);
      await writeIvf(join(folder, `${name}.ivf`), page, result);
      console.log(summary(name, result));
    } catch (error) {
      console.error(`${name}: ${error.message}`);
      process.exitCode = 1;
    } finally {
      for (const loop of loops) loop.kill();
      await page.close();
    }
  }
  await browser.close();
  await server.close();
  sender.close();
}

function writeCapture(folder, name, { log, offset_us, delivered, metadata, frames }) {
  const start = delivered[0].arrival_us;
  const sent = new Map(log.frames.map((frame) => [frame.rtp, frame]));
  const lines = delivered.map(({ timestamp_us, rtp, arrival_us, receive_us }) => {
    const frame = sent.get(rtp);
    const received = receive_us === null ? '' : receive_us - start;
    const source = frame ? [frame.sent_us + offset_us - start, frame.picture, Number(frame.repeat)] : ['', '', ''];
    return [timestamp_us, rtp, arrival_us - start, received, ...source].join(',');
  });
  const header = 'timestamp_us,rtp,arrival_us,receive_us,sent_us,picture,repeat';
  writeFileSync(join(folder, `${name}.csv`), [header, ...lines, ''].join('\n'));
  const times = (row) => ({
    ...row,
    produced_us: row.produced_us + offset_us - start,
    sent_us: row.sent_us + offset_us - start,
  });
  const stretches_us = log.stretches_us.map((time) => time + offset_us - start);
  writeFileSync(
    join(folder, `${name}.json`),
    JSON.stringify(
      {
        ...log,
        stretches_us,
        frames: log.frames.map(times),
        metadata,
        encoded: frames.map(({ rtp, receive_us, length }) => ({ rtp, receive_us: receive_us - start, length })),
      },
      undefined,
      1,
    ),
  );
}

/** https://wiki.multimedia.cx/index.php/Duck_IVF; each frame's time is its RTP timestamp. */
async function writeIvf(path, page, { frames, log }) {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0);
  header.writeUInt16LE(32, 6);
  header.write(log.plan.codec === 'H264' ? 'H264' : 'VP80', 8);
  header.writeUInt16LE(log.plan.width, 12);
  header.writeUInt16LE(log.plan.height, 14);
  header.writeUInt32LE(90_000, 16);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(frames.length, 24);
  const file = openSync(path, 'w');
  writeSync(file, header);
  const total = frames.reduce((sum, { length }) => sum + length, 0);
  const parts = [];
  for (let at = 0; at < total; at += 8 << 20) {
    const part = await page.evaluate(
      ([from, to]) => globalThis.senders.encoded(from, to),
      [at, Math.min(total, at + (8 << 20))],
    );
    parts.push(Buffer.from(part, 'base64'));
  }
  const data = Buffer.concat(parts);
  let at = 0;
  for (const { rtp, length } of frames) {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(length, 0);
    head.writeUInt32LE(rtp, 4);
    writeSync(file, head);
    writeSync(file, data, at, length);
    at += length;
  }
  closeSync(file);
}

function summary(name, { log, delivered, frames }) {
  const repeats = log.frames.filter(({ repeat }) => repeat).length;
  const mean = (log.frames.reduce((sum, { bytes }) => sum + bytes, 0) / log.frames.length) | 0;
  return `${name}: ${log.frames.length} sent (${repeats} repeats, ${mean} bytes each), ${frames.length} received, ${delivered.length} delivered`;
}

const FIXTURES = 'tests/fixtures/senders';

/** The lines of all captures, when their stretches were, and the encoded frames of the short ones. */
async function keep(folder) {
  const { CAPTURES } = await import('../tests/senders/plans.mjs');
  mkdirSync(FIXTURES, { recursive: true });
  const stretches = ['capture,codec,width,height,fps,stretch,kind,seconds,begin_us,end_us'];
  for (const name of Object.keys(CAPTURES)) {
    copyFileSync(join(folder, `${name}.csv`), join(FIXTURES, `${name}.csv`));
    if (name.startsWith('short-')) copyFileSync(join(folder, `${name}.ivf`), join(FIXTURES, `${name}.ivf`));
    const { plan, stretches_us } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    const { codec, width, height, fps, script } = plan;
    for (const [n, stretch] of script.entries()) {
      const [[key, value]] = Object.entries(stretch);
      const [kind, seconds] = key === 'pause' ? [value, stretch.seconds] : [key, value];
      const times = stretches_us.slice(n, n + 2);
      stretches.push([name, codec, width, height, fps, n, kind, seconds, ...times].join(','));
    }
  }
  writeFileSync(join(FIXTURES, 'stretches.csv'), [...stretches, ''].join('\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string', default: 'target/captures' }, keep: { type: 'string' } },
  });
  if (values.keep) await keep(values.keep);
  else await captureAll(values.out, positionals);
}
