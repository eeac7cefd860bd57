import { expect, test } from '@playwright/test';
import { Project } from './project.js';

/** What a strict project checks, and what this package must not need: `skipLibCheck` hides errors in declarations. */
const STRICT = [
  '--strict',
  '--noEmit',
  '--skipLibCheck',
  'false',
  '--exactOptionalPropertyTypes',
  '--target',
  'es2022',
];
const RESOLUTIONS = {
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
  nodenext: ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
};

test('the types are those of a strict project', async () => {
  const project = await Project.install('types');
  const entries = await project.entries();
  const all = entries.map((name, n) => `import * as entry${n} from '${name}';\nvoid entry${n};`);
  await project.write('entries.ts', all.join('\n'));
  const check = (tsc: string, resolution: keyof typeof RESOLUTIONS, types: string) =>
    test.step(`${tsc}, ${resolution}, ${types}`, async () => {
      const flags = [...STRICT, ...RESOLUTIONS[resolution], '--types', types];
      await project.run('node', `node_modules/${tsc}/bin/tsc`, 'use.ts', 'entries.ts', ...flags);
    });
  // Without the types of what this package records by, and with them.
  for (const types of ['react', 'react,dom-mediacapture-transform']) {
    await check('typescript', 'bundler', types);
    await check('typescript', 'nodenext', types);
    await check('typescript-5', 'nodenext', types);
  }
  // That it checks at all.
  await project.write('entries.ts', "import { Recorder } from 'trackreel';\nnew Recorder('a stream');");
  const wrong = project.run(
    'node',
    'node_modules/typescript/bin/tsc',
    'entries.ts',
    ...STRICT,
    ...RESOLUTIONS.nodenext,
  );
  await expect(wrong).rejects.toThrow(/TS2345/);
});
