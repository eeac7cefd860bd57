// Installs what is missing to build, run and test. Each step is reported before it runs: the command, and its rights. Does nothing, and
// fast, when all is there. With `--no-install` on the command line nothing is installed: each missing thing is named, with its command.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
process.chdir(ROOT);

/** Whether this run may install. */
const INSTALLS = !process.argv.includes('--no-install');

/**
 * Something that is missing.
 *
 * @typedef {object} Missing
 * @property {string} what - its name
 * @property {string} [rights] - where it goes and with which rights
 * @property {string[][]} [commands] - that install it, one after another
 * @property {string} [advice] - a sentence with what to do, where no command installs it
 */

/** What a command can need, and what is missing of it here. Changes nothing. */
const NEEDS = {
  toolchain: () => [...missingNode(), ...missingPackages(), ...missingRust(), ...missingWasmBindgen()],
  clang: () => missingDebian(missingForClang()),
  browsers: () => missingDebian(missingBrowsers()),
  engines: () => missingDebian(findEngines().flatMap(({ missing }) => missing)),
  senders: () => missingPython('senders'),
  uploads: () => [...missingPython('uploads'), ...missingDebian(missingForDesktop())],
};

/** With `--no-install`, names all that is missing for these needs, and ends with code 1 if there is any. Else does nothing. */
export function checkInstalled(needs) {
  if (INSTALLS) return;
  const missing = needs.flatMap((need) => NEEDS[need]());
  const lines = new Set(missing.map((item) => `setup: ${item.advice ?? `missing: ${item.what}: ${describe(item)}`}`));
  for (const line of lines) console.error(line);
  if (missing.length > 0) process.exit(1);
}

/** Node, the npm packages, Rust for the browser, and wasm-bindgen: all that a build takes. */
export async function ensureToolchain() {
  for (const { advice } of missingNode()) fail(advice);
  provide(missingPackages(), 'npm ci failed: see above, mend it, and run this again');
  ensureRust();
  provide(
    missingWasmBindgen(),
    'cargo install wasm-bindgen-cli failed: see above; a C compiler is needed (sudo apt-get install gcc)',
  );
  return { wasmBindgen: findWasmBindgen() ?? wasmBindgenOf(wasmBindgenVersion()) };
}

/** Chromium, its driver, and ffmpeg, from Debian: what tests, benchmarks and recordings from the command line take. */
export function ensureBrowsers() {
  ensureDebian(missingBrowsers());
}

/** The commands of these, and the Debian packages that have them. */
const BROWSERS = { chromium: 'chromium', chromedriver: 'chromium-driver', ffmpeg: 'ffmpeg', ffprobe: 'ffmpeg' };

function missingBrowsers() {
  return Object.keys(BROWSERS)
    .filter((command) => !which(command))
    .map((command) => BROWSERS[command]);
}

/** clang and C++'s libraries for WebAssembly, and the Debian packages that have them. */
const CLANG = {
  '/usr/bin/clang++-22': 'clang-22',
  '/usr/bin/wasm-ld-22': 'lld-22',
  '/usr/lib/wasm32-wasi/libc.a': 'wasi-libc',
  '/usr/lib/wasm32-wasi/libc++.a': 'libc++-22-dev-wasm32',
  '/usr/lib/wasm32-wasi/libc++abi.a': 'libc++abi-22-dev-wasm32',
  '/usr/lib/llvm-22/lib/clang/22/lib/wasi/libclang_rt.builtins-wasm32.a': 'libclang-rt-22-dev-wasm32',
};

/** What the software encoders are built with, from Debian. Gives the compiler. */
export function ensureClang() {
  const refusal = install(missingForClang());
  if (refusal) fail(`${refusal}, or leave the software encoders out: --without-openh264 --without-aac`);
  return Object.keys(CLANG)[0];
}

/** Whether it is there, or can be installed. */
export function canHaveClang() {
  return !install(missingForClang());
}

function missingForClang() {
  return Object.keys(CLANG)
    .filter((path) => !existsSync(path))
    .map((path) => CLANG[path]);
}

/** Installs these packages of Debian's. */
function ensureDebian(packages) {
  const refusal = install(packages);
  if (refusal) fail(refusal);
}

/**
 * The engines of the matrix, and the Debian packages that each needs. What only decodes and encodes is named too, since a browser
 * does no more than recommend it; Firefox has H.264 from the library that comes with ffmpeg. It renders no sound without a device, which
 * PulseAudio pretends to be.
 */
const ENGINES = {
  chromium: [],
  firefox: ['firefox-esr', 'ffmpeg', 'pulseaudio'],
  webkitgtk: [
    'webkit2gtk-driver',
    'xvfb',
    'gstreamer1.0-gl',
    'gstreamer1.0-libav',
    'gstreamer1.0-plugins-bad',
    'gstreamer1.0-plugins-ugly',
  ],
};

/** Each engine, with what it lacks to be tested here. */
export function findEngines() {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n'], { encoding: 'utf8' });
  const installed = new Set(stdout?.split('\n').map((line) => / installed$/.test(line) && line.split(' ')[0]));
  return Object.entries(ENGINES).map(([name, packages]) => ({
    name,
    missing: packages.filter((name) => !installed.has(name)),
  }));
}

/** What clicks into a browser's own windows on a screen in memory, and the Debian packages that have it. */
const DESKTOP = { Xvfb: 'xvfb', xdotool: 'xdotool' };

/** Installs it; gives the reason if that can't be done. */
export function ensureDesktop() {
  return install(missingForDesktop());
}

function missingForDesktop() {
  return Object.keys(DESKTOP)
    .filter((command) => !which(command))
    .map((command) => DESKTOP[command]);
}

/** All packages of Debian's that any command installs. */
export function debianPackages() {
  const packages = [BROWSERS, CLANG, ENGINES, DESKTOP].flatMap((wanted) => Object.values(wanted).flat());
  return [...new Set([...packages, ...PYTHON, COMPILER])].sort();
}

/** Installs the engines that are missing, as far as it may; gives the names of those that can't be tested, with the reason. */
export function ensureEngines() {
  const refusal = install(findEngines().flatMap(({ missing }) => missing));
  return findEngines()
    .filter(({ missing }) => missing.length > 0)
    .map(({ name, missing }) => ({ name, reason: refusal || `${missing.join(', ')} could not be installed` }));
}

/** Debian's Python makes a virtual environment only with a package of its own. */
const PYTHON = ['python3', 'python3-venv'];

/**
 * A server of the tests that is written in Python, as tests/senders or tests/uploads: a virtual environment with its packages, in a cache
 * of this user's. Gives its Python, or the reason if there is none.
 */
export function ensurePython(name) {
  const { folder, python, requirements } = environmentOf(name);
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return { python };
  const refusal = hasVenv() ? undefined : install(PYTHON);
  if (refusal) return { reason: refusal };
  for (const missing of missingPython(name)) {
    announce(missing);
    const failed = missing.commands.find((command) => !succeeds(...command));
    if (failed) return { reason: `${failed.slice(0, 3).join(' ')} failed for ${requirements}: see above` };
  }
  writeFileSync(complete, '');
  return { python };
}

function missingPython(name) {
  const { folder, python, requirements } = environmentOf(name);
  if (existsSync(join(folder, 'complete'))) return [];
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements];
  const packages = {
    what: `the Python packages of ${requirements}`,
    rights: inHome(folder),
    commands: [
      ['python3', '-m', 'venv', '--clear', folder],
      [python, ...pip],
    ],
  };
  return hasVenv() ? [packages] : [...missingDebian(PYTHON), packages];
}

function environmentOf(name) {
  const requirements = `tests/${name}/requirements.txt`;
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `${name}-${key}`);
  return { folder, python: join(folder, 'bin/python'), requirements };
}

function hasVenv() {
  return which('python3') && spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;
}

/** The Debian packages as one missing thing. */
function missingDebian(packages) {
  if (packages.length === 0) return [];
  const names = [...new Set(packages)];
  const rights = isRoot() ? 'Debian packages, as root' : 'Debian packages, as root by sudo';
  const sudo = isRoot() ? [] : ['sudo', '-n'];
  const apt = [...sudo, 'apt-get', '-qq'];
  const commands = [
    [...apt, 'update'],
    [...apt, 'install', '-y', '--no-install-recommends', ...names],
  ];
  return [{ what: names.join(', '), rights, commands }];
}

/** Installs Debian packages; gives the reason if that can't be done. */
function install(packages) {
  const [missing] = missingDebian(packages);
  if (!missing) return undefined;
  const names = missing.what;
  const byHand = `install them by hand: sudo apt-get install ${names.replaceAll(',', '')}`;
  if (!INSTALLS) return `${names} are missing; ${byHand}`;
  if (!which('apt-get')) return `${names} are missing and this is no Debian: ${byHand}`;
  if (!isRoot() && !succeeds('sudo', '-n', 'true')) return `${names} are missing and need root: ${byHand}`;
  announce(missing);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ([command, ...args]) =>
    spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  return missing.commands.every(apt) ? undefined : `apt-get failed to install ${names}; ${byHand}`;
}

function isRoot() {
  return process.getuid?.() === 0;
}

function missingNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return [];
  return [{ what: 'Node 20.19', advice: `Node ${process.version} is too old: install Node 20.19 or newer` }];
}

function missingPackages() {
  const installed = 'node_modules/.package-lock.json';
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs) return [];
  const commands = [['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']];
  return [{ what: 'the npm packages of package-lock.json', rights: 'into node_modules/', commands }];
}

const TARGET = 'wasm32-unknown-unknown';

function ensureRust() {
  const [missing] = missingRust();
  if (missing?.advice) fail(missing.advice);
  const instead = 'RUSTUP_TOOLCHAIN=<name> takes another one that is there';
  provide(missing ? [missing] : [], `rustup failed to install the Rust of rust-toolchain.toml: see above; ${instead}`);
}

/** Rust with its target for browsers: as rust-toolchain.toml has it where there is rustup, else any that is there. */
function missingRust() {
  const website = 'https://rustup.rs';
  if (!which('cargo')) {
    const advice = `Rust is missing: install rustup from ${website}, into your home, with --default-toolchain none`;
    return [{ what: 'Rust', advice }];
  }
  // rustup would install a toolchain when it is asked about one.
  const { stdout, status } = spawnSync('rustc', ['--print', 'sysroot'], {
    encoding: 'utf8',
    env: { ...process.env, RUSTUP_AUTO_INSTALL: '0' },
  });
  const needed = [`lib/rustlib/${TARGET}`, ...(which('rustup') ? [`bin/cargo-clippy${EXE}`, `bin/rustfmt${EXE}`] : [])];
  if (status === 0 && needed.every((path) => existsSync(join(stdout.trim(), path)))) return [];
  if (!which('rustup')) {
    const advice = `the target ${TARGET} is missing, and there is no rustup to add it: install Rust from ${website}`;
    return [{ what: `Rust's target ${TARGET}`, advice }];
  }
  const pinned = readFileSync('rust-toolchain.toml', 'utf8');
  const listed = (key) =>
    [...new RegExp(`^${key} = (.*)$`, 'm').exec(pinned)[1].matchAll(/"(.+?)"/g)].map(([, it]) => it);
  const channel = process.env.RUSTUP_TOOLCHAIN || listed('channel')[0];
  const command = ['rustup', 'toolchain', 'install', channel, '--profile', 'minimal', '--no-self-update'];
  for (const name of listed('components')) command.push('--component', name);
  for (const name of listed('targets')) command.push('--target', name);
  const rights = inHome(process.env.RUSTUP_HOME || join(homedir(), '.rustup'));
  return [{ what: `Rust ${channel} with the target ${TARGET}`, rights, commands: [command] }];
}

/** The version of Cargo.lock, which the command must have too. */
function wasmBindgenVersion() {
  return /name = "wasm-bindgen"\nversion = "(.+)"/.exec(readFileSync('Cargo.lock', 'utf8'))[1];
}

/** Where a version lies that was built here. */
function wasmBindgenOf(version) {
  return join(cacheFolder(), `wasm-bindgen-${version}`, `bin/wasm-bindgen${EXE}`);
}

/** The command of exactly the crate's version: from the PATH, or from a cache of this user's. Its tests' runner lies beside it. */
function findWasmBindgen() {
  const version = wasmBindgenVersion();
  const hasVersion = (command) =>
    command && spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `wasm-bindgen ${version}`;
  const hasRunner = (command) => existsSync(join(dirname(command), `wasm-bindgen-test-runner${EXE}`));
  return [which('wasm-bindgen'), wasmBindgenOf(version)].find((command) => hasVersion(command) && hasRunner(command));
}

function missingWasmBindgen() {
  if (findWasmBindgen()) return [];
  const version = wasmBindgenVersion();
  const root = join(cacheFolder(), `wasm-bindgen-${version}`);
  const what = `wasm-bindgen ${version} (built once, about three minutes)`;
  const command = ['cargo', 'install', '--quiet', 'wasm-bindgen-cli', '--version', version, '--root', root];
  return [{ what, rights: inHome(root), commands: [command] }];
}

/** Debian's compiler, which libFuzzer is built with where there is no other. */
const COMPILER = 'g++';

/** What `npm run fuzz` takes beside Rust: `cargo-fuzz`, and a compiler for libFuzzer. Gives the path of `cargo-fuzz`. */
export function ensureFuzzer() {
  ensureRust();
  if (!which('c++')) ensureDebian([COMPILER]);
  return ensureCargoCommand('cargo-fuzz', '0.13.2');
}

/** What `npm run mutants` takes beside Rust. Gives the path of `cargo-mutants`. */
export function ensureMutants() {
  ensureRust();
  return ensureCargoCommand('cargo-mutants', '27.1.0');
}

/** What `npm run audit` takes beside Rust. Gives the path of `cargo-deny`. */
export function ensureDeny() {
  ensureRust();
  return ensureCargoCommand('cargo-deny', '0.20.2');
}

/** A command of cargo's in this version, from the PATH or from a cache of this user's. */
function ensureCargoCommand(name, version) {
  const cache = join(cacheFolder(), `${name}-${version}`);
  const cached = join(cache, 'bin', `${name}${EXE}`);
  const subcommand = name.replace('cargo-', '');
  const hasVersion = (command) =>
    command &&
    spawnSync(command, [subcommand, '--version'], { encoding: 'utf8' }).stdout?.trim() === `${name} ${version}`;
  const found = [which(name), cached].find(hasVersion);
  if (found) return found;
  const what = `${name} ${version} (built once, one to three minutes)`;
  const command = ['cargo', 'install', '--quiet', '--locked', name, '--version', version, '--root', cache];
  provide([{ what, rights: inHome(cache), commands: [command] }], `cargo install ${name} failed: see above`);
  return cached;
}

/** Installs these, or ends this script: with the failure's text, or with the command where nothing may be installed. */
function provide(missing, failure) {
  for (const item of missing) {
    if (!INSTALLS) fail(`missing: ${item.what}: ${describe(item)}`);
    announce(item);
    if (!item.commands.every((command) => succeeds(...command))) fail(failure);
  }
}

function announce(item) {
  say(`installing ${item.what}: ${describe(item)}`);
}

/** The rights and the commands, as one would type them. */
function describe({ rights, commands }) {
  return `${rights}: ${commands.map((command) => command.join(' ')).join(' && ')}`;
}

function inHome(folder) {
  return `as this user, into ${folder}`;
}

function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trackreel');
}

/** What the files of commands end with here. */
const EXE = process.platform === 'win32' ? '.exe' : '';

function which(command) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, `${command}${EXE}`))
    .find((path) => existsSync(path));
}

function succeeds(command, ...args) {
  return spawnSync(command, args, { stdio: ['ignore', 2, 'inherit'] }).status === 0;
}

function say(text) {
  console.error(`setup: ${text}`);
}

function fail(text) {
  console.error(`setup: ${text}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  checkInstalled(Object.keys(NEEDS));
  await ensureToolchain();
  const hasClang = canHaveClang();
  if (!hasClang)
    say("OpenH264 and AAC can't be built, there is no clang: leave them out with --without-openh264 --without-aac");
  ensureBrowsers();
  const lacking = ensureEngines();
  for (const { name, reason } of lacking) say(`${name} can't be tested: ${reason}`);
  const reasons = [
    ...['senders', 'uploads'].map((name) => [name, ensurePython(name).reason]),
    ['uploads/picker.spec.ts', ensureDesktop()],
  ].filter(([, reason]) => reason);
  for (const [name, reason] of reasons) say(`tests/${name} can't be run: ${reason}`);
  say(hasClang && lacking.length === 0 && reasons.length === 0 ? 'everything is there' : 'the rest is there');
}
