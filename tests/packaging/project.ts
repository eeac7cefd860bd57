import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, serve, type Server } from './command.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** A project of a user's, with the packed package installed. */
export class Project {
  private constructor(readonly folder: string) {}

  /** Makes one of a fixture, with what every page has beside it, and `entries.js`, which imports each entry of the package. */
  static async install(name: string): Promise<Project> {
    const folder = await mkdtemp(join(process.env.TRACKREEL_PROJECTS!, `${name}-`));
    await cp(fixture(name), folder, { recursive: true });
    for (const file of ['main.js', 'record.js']) await cp(fixture(file), join(folder, file));
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];
    await run('npm', ['install', ...options, process.env.TRACKREEL_TARBALL!], folder);
    const project = new Project(folder);
    const entries = (await project.entries()).map((name) => `'${name}': () => import('${name}'),`);
    await project.write('entries.js', `export const entries = {\n${entries.join('\n')}\n};\n`);
    return project;
  }

  /** Runs a command that one of its packages has, or Node itself. */
  run(command: string, ...args: string[]): Promise<string> {
    return run(this.#commandOf(command), args, this.folder);
  }

  serve(command: string, ...args: string[]): Promise<Server> {
    return serve(this.#commandOf(command), args, this.folder);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8');
  }

  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.folder, path), text);
  }

  #commandOf(command: string): string {
    return command === 'node' ? process.execPath : join(this.folder, 'node_modules/.bin', command);
  }

  /** The names under which the package's modules are imported: all that its `exports` has with types. */
  async entries(): Promise<string[]> {
    const { exports } = JSON.parse(await this.read('node_modules/trackreel/package.json'));
    return Object.keys(exports)
      .filter((name) => exports[name].types)
      .map((name) => name.replace('.', 'trackreel'));
  }
}
