// Installs what is missing to build, run and test; says what; does nothing, and fast, when all is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
process.chdir(ROOT);

/** Whether what is missing is installed. Otherwise it is named, with the command that does it. */
const mayInstall = !process.argv.includes('--no-install');

/** Node, the npm packages, Rust for the browser, and wasm-bindgen: all that a build takes. */
export async function ensureToolchain() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node ${process.version} is too old: install Node 20.19 or newer`);
  ensurePackages();
  ensureRust();
  return { wasmBindgen: ensureWasmBindgen() };
}

/** Chromium, its driver, and ffmpeg, from Debian: what tests, benchmarks and recordings from the command line take. */
export function ensureBrowsers() {
  const wanted = { chromium: 'chromium', chromedriver: 'chromium-driver', ffmpeg: 'ffmpeg', ffprobe: 'ffmpeg' };
  ensureDebian(
    Object.keys(wanted)
      .filter((command) => !which(command))
      .map((command) => wanted[command]),
  );
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
  const missing = missingForClang();
  const refusal = missing.length > 0 && install(missing);
  if (refusal) fail(`${refusal}, or leave the software encoders out: --without-openh264 --without-aac`);
  return Object.keys(CLANG)[0];
}

/** Whether it is there, or can be installed. */
export function canHaveClang() {
  const missing = missingForClang();
  return missing.length === 0 || !install(missing);
}

function missingForClang() {
  return Object.keys(CLANG)
    .filter((path) => !existsSync(path))
    .map((path) => CLANG[path]);
}

/** Installs these packages of Debian's. */
function ensureDebian(packages) {
  const missing = [...new Set(packages)];
  const refusal = missing.length > 0 && install(missing);
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

/** Installs the engines that are missing, as far as it may; gives the names of those that can't be tested, with the reason. */
export function ensureEngines() {
  const missing = findEngines().flatMap(({ missing }) => missing);
  const refusal = missing.length > 0 && install(missing);
  return findEngines()
    .filter(({ missing }) => missing.length > 0)
    .map(({ name, missing }) => ({ name, reason: refusal || `${missing.join(', ')} could not be installed` }));
}

/**
 * A server of the tests that is written in Python, as tests/senders or tests/uploads: a virtual environment with its packages, in a cache
 * of this user's. Gives its Python, or the reason if there is none.
 */
export function ensurePython(name) {
  const requirements = `tests/${name}/requirements.txt`;
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `${name}-${key}`);
  const python = join(folder, 'bin/python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return { python };
  // Debian's Python makes an environment only with a package of its own.
  const hasVenv = () => which('python3') && spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;
  const refusal = hasVenv() ? undefined : install(['python3', 'python3-venv']);
  if (refusal) return { reason: refusal };
  if (!mayInstall)
    return {
      reason: `a virtual environment is missing, and --no-install was given: npm run setup makes it in ${folder}`,
    };
  say(`installing the Python packages of tests/${name} into ${folder}, once`);
  if (!succeeds('python3', ['-m', 'venv', '--clear', folder])) return { reason: 'python3 -m venv failed: see above' };
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements];
  if (!succeeds(python, pip)) return { reason: `pip could not install ${requirements}: see above` };
  writeFileSync(complete, '');
  return { python };
}

/** Installs Debian packages; gives the reason if that can't be done. */
function install(packages) {
  const names = packages.join(', ');
  const byHand = `install them by hand: sudo apt-get install ${packages.join(' ')}`;
  if (!which('apt-get')) return `${names} are missing and this is no Debian: ${byHand}`;
  if (!mayInstall) return `${names} are missing, and --no-install was given: ${byHand}`;
  const sudo = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length && !succeeds('sudo', ['-n', 'true'])) return `${names} are missing and need root: ${byHand}`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  };
  say(`installing Debian packages ${sudo.length ? 'with sudo' : 'as root'}: ${names}`);
  if (apt('update') && apt('install', '-y', '--no-install-recommends', ...packages)) return undefined;
  return `apt-get failed to install ${names}; ${byHand}`;
}

function ensurePackages() {
  const installed = 'node_modules/.package-lock.json';
  const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;
  if (current) return;
  if (!mayInstall) fail('npm packages are missing, and --no-install was given: npm ci');
  say('installing the npm packages of package-lock.json into node_modules/');
  if (!succeeds('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']))
    fail('npm ci failed: see above, mend it, and run this again');
}

function ensureRust() {
  if (!which('cargo')) fail('Rust is missing: install it from https://rustup.rs, with its default profile');
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim();
  if (existsSync(join(sysroot, 'lib/rustlib/wasm32-unknown-unknown'))) return;
  if (!mayInstall)
    fail(
      "Rust's target wasm32-unknown-unknown is missing, and --no-install was given: rustup target add wasm32-unknown-unknown",
    );
  say(`adding Rust's target wasm32-unknown-unknown to the toolchain in ${sysroot}`);
  if (!which('rustup'))
    fail(
      'the target wasm32-unknown-unknown is missing, and there is no rustup to add it: install Rust from https://rustup.rs',
    );
  if (!succeeds('rustup', ['target', 'add', 'wasm32-unknown-unknown']))
    fail('rustup target add wasm32-unknown-unknown failed: see above');
}

/**
 * The command that fits the crate of Cargo.lock exactly, as it must: from the PATH, else from a cache of this user's, else
 * built into that. Its tests' runner lies beside it.
 */
function ensureWasmBindgen() {
  const version = /name = "wasm-bindgen"\nversion = "(.+)"/.exec(readFileSync('Cargo.lock', 'utf8'))[1];
  const cache = join(cacheFolder(), `wasm-bindgen-${version}`);
  const fits = (command) =>
    command && spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `wasm-bindgen ${version}`;
  const cached = join(cache, 'bin/wasm-bindgen');
  const hasRunner = (command) => existsSync(join(dirname(command), 'wasm-bindgen-test-runner'));
  const found = [which('wasm-bindgen'), cached].find((command) => fits(command) && hasRunner(command));
  if (found) return found;
  const install = ['install', '--quiet', 'wasm-bindgen-cli', '--version', version, '--root', cache];
  if (!mayInstall) fail(`wasm-bindgen ${version} is missing, and --no-install was given: cargo ${install.join(' ')}`);
  say(`building wasm-bindgen ${version} into ${cache}, once (about three minutes)`);
  if (!succeeds('cargo', install))
    fail('cargo install wasm-bindgen-cli failed: see above; a C compiler is needed (sudo apt-get install gcc)');
  return cached;
}

/** What `npm run fuzz` takes beside Rust: `cargo-fuzz`, and a compiler for libFuzzer. Gives the path of `cargo-fuzz`. */
export function ensureFuzzer() {
  ensureRust();
  if (!which('c++')) ensureDebian(['g++']);
  return ensureCargoCommand('cargo-fuzz', '0.13.2');
}

/** What `npm run mutants` takes beside Rust. Gives the path of `cargo-mutants`. */
export function ensureMutants() {
  ensureRust();
  return ensureCargoCommand('cargo-mutants', '27.1.0');
}

/** A command of cargo's in this version, from the PATH or from a cache of this user's. */
function ensureCargoCommand(name, version) {
  const cache = join(cacheFolder(), `${name}-${version}`);
  const cached = join(cache, 'bin', name);
  const subcommand = name.replace('cargo-', '');
  const fits = (command) =>
    command &&
    spawnSync(command, [subcommand, '--version'], { encoding: 'utf8' }).stdout?.trim() === `${name} ${version}`;
  const found = [which(name), cached].find(fits);
  if (found) return found;
  const install = ['install', '--quiet', '--locked', name, '--version', version, '--root', cache];
  if (!mayInstall) fail(`${name} ${version} is missing, and --no-install was given: cargo ${install.join(' ')}`);
  say(`building ${name} ${version} into ${cache}, once (one to three minutes)`);
  if (!succeeds('cargo', install)) fail(`cargo install ${name} failed: see above`);
  return cached;
}

function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trackreel');
}

function which(command) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path));
}

function succeeds(command, args) {
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
  await ensureToolchain();
  const hasClang = canHaveClang();
  if (!hasClang)
    say("OpenH264 and AAC can't be built, there is no clang: leave them out with --without-openh264 --without-aac");
  ensureBrowsers();
  const lacking = ensureEngines();
  for (const { name, reason } of lacking) say(`${name} can't be tested: ${reason}`);
  const reasons = ['senders', 'uploads']
    .map((name) => [name, ensurePython(name).reason])
    .filter(([, reason]) => reason);
  for (const [name, reason] of reasons) say(`tests/${name} can't be run: ${reason}`);
  const isComplete = hasClang && lacking.length === 0 && reasons.length === 0;
  say(isComplete ? 'everything is there' : 'the rest is there');
  if (!isComplete && !mayInstall) process.exit(1);
}
