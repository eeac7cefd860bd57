import { expect, test } from '@playwright/test';
import { Project } from './project.js';
import { expectToRecord, open } from './recording.js';

let project: Project;

test.beforeAll(async () => {
  project = await Project.install('next');
});

for (const bundler of ['Turbopack', 'webpack']) {
  test(`Next.js: a page rendered on the server, built by ${bundler}`, async ({ page }) => {
    await project.run('next', 'build', `--${bundler.toLowerCase()}`);
    await using server = await project.serve('next', 'start', '--port', '0');
    expect(await (await fetch(server.url)).text()).toMatch(/with a (<!-- -->)?Recorder/);
    await open(page, server.url);
    await expectToRecord(page);
  });
}
