import { expect, test } from '@playwright/test';
import { Project } from './project.js';
import { expectToRecord, open } from './recording.js';

test('Next.js: a page rendered on the server, built by Turbopack and by webpack', async ({ page }) => {
  const project = await Project.install('next');
  for (const bundler of ['--turbopack', '--webpack']) {
    await test.step(bundler, async () => {
      await project.run('next', 'build', bundler);
      await using server = await project.serve('next', 'start', '--port', '0');
      expect(await (await fetch(server.url)).text()).toContain('Recorder');
      await open(page, server.url);
      await expectToRecord(page);
    });
  }
});
