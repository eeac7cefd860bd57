import { Project } from './project.js';

/** Where a page finds the package's files. */
export const PKG = 'node_modules/trackreel/pkg';

/** A project without a bundler: index.html with an import map, and strict.html without, since a strict policy refuses scripts in pages. */
export async function installPlain(): Promise<Project> {
  const project = await Project.install('plain');
  const main = await project.read('main.js');
  await project.write('strict.js', main.replace("'trackreel'", `'./${PKG}/index.js'`));
  return project;
}
