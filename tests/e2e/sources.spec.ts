import { readFile } from 'node:fs/promises';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { expect, saveExport, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import type { Page } from '@playwright/test';

const FAKE_DEVICES = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
test.use({ launchOptions: { ...CHROMIUM, args: [...CHROMIUM.args, ...FAKE_DEVICES] } });

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Records the shown source for a moment, and returns the file. */
async function recordShown(page: Page) {
  await press(page, 'Record');
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 2);
  await press(page, 'Stop');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  const download = await saveExport(page);
  return readMovie(await readFile(await download.path()));
}

for (const [kind, open, close] of [
  ['Camera', 'Start the camera', 'Stop the camera'],
  ['Screen', 'Choose a screen', 'Stop sharing'],
] as const) {
  test(`the ${kind.toLowerCase()} can be recorded`, async ({ page }) => {
    await page.goto('/?width=640&height=360');
    await page.getByLabel('Record from').selectOption(kind);
    await expect(page.getByRole('button', { name: 'Record', exact: true })).toBeDisabled();
    await press(page, open);
    await expect(page.locator('#received')).toContainText(`${kind} · `);
    const movie = await recordShown(page);
    expect(movie.times.length).toBeGreaterThan(20);
    await press(page, close);
    await expect(page.locator('#received')).toHaveText('Nothing is being received');
    await expect(page.getByRole('button', { name: 'Record', exact: true })).toBeDisabled();
  });
}

test('the camera is recorded with its microphone where one wants that', async ({ page }) => {
  await page.goto('/?source=camera');
  await page.getByLabel('With the microphone').check();
  await page.getByRole('button', { name: 'Start the camera' }).click();
  await expect(page.getByRole('button', { name: 'Listen' })).toBeVisible();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.audioCodec === 'opus');
});

test('a camera that ends by itself ends the recording, and is reported', async ({ page }) => {
  await page.goto('/?source=camera');
  await press(page, 'Start the camera');
  await press(page, 'Record');
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.frames > 10);
  // As the browser does when it is unplugged.
  await page.evaluate(() => {
    const { track } = trackreelDemo.recorder!;
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  await expect(page.locator('#status')).toContainText('The recording ended with its source.');
  await expect(page.getByRole('alert')).toContainText('The camera was unplugged or switched off.');
  await expect(page.getByRole('button', { name: 'Export', exact: true })).toBeEnabled();
});

/** Answers WHEP at an address of the page's own, with what another page paints. */
async function serveWhep(page: Page, token: string) {
  const requests: string[] = [];
  const server = await page.context().newPage();
  await server.goto('/?width=640&height=360');
  await server.waitForFunction(() => trackreelDemo.loopback);
  await page.route(/^[^?]*\/whep\/\w+$/, async (route) => {
    const request = route.request();
    requests.push(`${request.method()} ${new URL(request.url()).pathname}`);
    if (request.method() === 'DELETE') return route.fulfill({ status: 200 });
    if ((await request.headerValue('authorization')) !== `Bearer ${token}`) return route.fulfill({ status: 401 });
    expect(await request.headerValue('content-type')).toBe('application/sdp');
    const answer = await server.evaluate(async (sdp) => {
      const peer = new RTCPeerConnection();
      await peer.setRemoteDescription({ type: 'offer', sdp });
      peer.addTrack(trackreelDemo.loopback!.stream.getVideoTracks()[0]!);
      await peer.setLocalDescription();
      await new Promise<void>((resolve) => {
        const check = () => peer.iceGatheringState === 'complete' && resolve();
        peer.addEventListener('icegatheringstatechange', check);
        check();
      });
      return peer.localDescription!.sdp;
    }, request.postData()!);
    const headers = { 'content-type': 'application/sdp', location: 'session' };
    await route.fulfill({ status: 201, headers, body: answer });
  });
  return requests;
}

test('a stream that a WHEP server sends can be recorded', async ({ page, baseURL }) => {
  const requests = await serveWhep(page, 'secret');
  await page.bringToFront();
  await page.goto(`/?source=whep&whep=${baseURL}whep/stream`);
  await press(page, 'Connect');
  await expect(page.getByRole('alert')).toContainText('The server requires a valid token. (HTTP 401)');
  await page.getByLabel('Token').fill('secret');
  await page.getByLabel('Token').press('Enter');
  await expect(page.locator('#received')).toContainText('WHEP · 640 × 360');
  const { counters } = await recordShown(page);
  expect(counters.length).toBeGreaterThan(40);
  expect(counters.filter((counter) => counter === null)).toEqual([]);
  await press(page, 'Close the connection');
  await expect.poll(() => requests).toEqual(['POST /whep/stream', 'POST /whep/stream', 'DELETE /whep/session']);
});

test('a request without an answer can be aborted', async ({ page, baseURL }) => {
  await page.route('**/whep/silent', () => {});
  await page.goto('/?source=whep');
  await expect(page.locator('#curtain')).toHaveText('No connection');
  await page.getByLabel('Address').fill(`${baseURL}whep/silent`);
  await press(page, 'Connect');
  await expect(page.locator('#curtain')).toHaveText('Connecting…');
  await press(page, 'Cancel');
  await expect(page.locator('#curtain')).toHaveText('No connection');
  await page.getByLabel('Record from').selectOption('A painted scene');
  await expect(page.locator('#received')).toContainText('VP8 · 1280 × 720');
});

test('an address that is no WHEP is reported in words', async ({ page, baseURL }) => {
  await page.route('**/whep/nothing', (route) => route.fulfill({ status: 404 }));
  await page.route('**/whep/page', (route) => route.fulfill({ status: 200, body: '<!doctype html>' }));
  await page.goto('/?source=whep');
  const address = page.getByLabel('Address');
  const alert = page.getByRole('alert');
  for (const [url, words] of [
    ['', 'A WHEP address begins with https://'],
    ['ftp://example.org/stream', 'A WHEP address begins with https://'],
    [`${baseURL}whep/nothing`, 'There is no stream at this address. (HTTP 404)'],
    [`${baseURL}whep/page`, 'The server at this address does not support WHEP.'],
  ] as const) {
    await address.fill(url);
    await press(page, 'Connect');
    await expect(alert).toContainText(words);
  }
});
