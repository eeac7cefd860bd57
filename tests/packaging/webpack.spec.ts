import { test } from '@playwright/test';
import { Project } from './project.js';
import { expectEntries, expectToRecord, open } from './recording.js';
import { serveFiles } from './site.js';

test('webpack: the page built for production', async ({ page }) => {
  const project = await Project.install('webpack');
  await project.run('webpack');
  await using site = await serveFiles(project.folder);
  await open(page, site.url);
  await expectToRecord(page);
  await expectEntries(page);
});
