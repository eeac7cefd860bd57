// Drops from the module what only a panic's message needs. A panic ends the worker, and no page reads its message.
import { readFile, writeFile } from 'node:fs/promises';

/** What Rust's libraries, and what joins it to JavaScript, call when a program is wrong, and never return from. */
const PANICS =
  /^<?(core|alloc|std)\b.*::(panicking::panic\w*|\w+_failed(_inner)?|slice_index_fail|slice_error_fail\w*|len_mismatch_fail|handle_error|handle_alloc_error|capacity_overflow|panic_\w+)$|^wasm_bindgen::throw_str$/;

/**
 * What writes a value into such a message, and carries it. It is called through a table, where wasm-opt can't find that it is
 * unused. These types are written with `{:?}` by panics only.
 */
const WRITERS =
  /^<(char|&usize|core::ops::range::Range<usize>|&dyn core::fmt::Debug|core::fmt::Error|std::(panicking|thread)\b.*) as core::(fmt::Debug|panic::PanicPayload)>::/;

/** What decides how a character is written with `{:?}`. It has large tables that no other function reads. */
const UNICODE = /^core::unicode::(printable|unicode_data::grapheme_extend)::/;

/** What the messages of these are made of. Errors that are thrown to the page are not among them. */
const TEXTS = new RegExp(
  [
    'slice index starts at | but ends at |index out of bounds: the len is | but the index is ',
    'range (start|end) index | out of range for slice of length |assertion `left | right` failed(: )?',
    'cannot access a Thread Local Storage value during or after destruction: ',
    'copy_from_slice: source slice length \\(|\\) does not match destination slice length \\(',
    '(insertion|removal) index \\(is |\\) should be <=? len \\(is |Out of bounds access|capacity overflow',
    'finish: (callbacks should be Some|result should be None)|FnOnce called more than once',
    'assertion failed: [\\x20-\\x7e]+?(is_none\\(\\)|is_some\\(\\)|!= 0)|cannot poll Select twice',
    'a (Display implementation|formatting trait implementation) returned an error [\\x20-\\x7e]*?(unexpectedly|did not)',
    'LazyCell instance has previously been poisoned|attempt to divide by zero|`async fn` resumed after completion',
    'RefCell already (mutably )?borrowed|called `Option::unwrap\\(\\)` on a `None` value',
    'Tried to shrink to a larger capacity|internal error: entered unreachable code',
    '(start|end) byte index | is out of bounds of `|& is not a char boundary; it is inside | \\(bytes |\\) of `',
    'begin > end \\(|\\) when slicing `|mid > len|\\n(  left| right): |overflow in Duration::new|AccessError|==!=matches|} }\\[\\.\\.\\.\\]',
    'attempt to calculate the remainder with a divisor of zero|closure invoked recursively or after being dropped',
    'called `Option::unwrap_throw\\(\\)` on a `None` value',
  ].join('|'),
  'g',
);

/**
 * Has every panic end the worker at once, which it would do anyway after its message.
 *
 * @param map - the linker's map of the module: which address each piece of its data has
 */
export async function dropPanicTexts(file, map) {
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.readBinary(await readFile(file));
  const functions = functionsOf(module, binaryen);
  const panics = functions.filter(({ rustName, results }) => PANICS.test(rustName) && results === binaryen.none);
  if (!panics.some(({ rustName }) => rustName.endsWith('::panic_fmt')))
    throw new Error('the module has no panics to cut short');
  const writers = functions.filter(({ rustName }) => WRITERS.test(rustName));
  const unicode = functions.filter(({ rustName }) => UNICODE.test(rustName));
  const tables = unicode.flatMap(({ body }) => numbersIn(binaryen.emitText(body)));
  for (const { name, params, results } of [...panics, ...writers]) {
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.unreachable());
  }
  module.runPasses(['remove-unused-module-elements']);
  const isUsed = functionsOf(module, binaryen).some(({ rustName }) => UNICODE.test(rustName));
  const bytes = module.emitBinary();
  dropLocations(bytes);
  dropTexts(bytes);
  if (!isUsed) dropData(bytes, tables, await readFile(map, 'utf8'));
  await writeFile(file, bytes);
}

/** A module's functions, with their names in Rust: binaryen escapes those, and a compiler adds a crate's hash. */
function functionsOf(module, { getFunctionInfo }) {
  const infos = Array.from({ length: module.getNumFunctions() }, (_, i) =>
    getFunctionInfo(module.getFunctionByIndex(i)),
  );
  const unescaped = (name) => name.replace(/\\([\da-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return infos.map((info) => ({ ...info, rustName: unescaped(info.name).replace(/\[[\da-f]+\]/g, '') }));
}

/** The numbers in a function, addresses among them. */
function numbersIn(text) {
  return [...text.matchAll(/(?:i32\.const |offset=)(\d+)/g)].map(([, number]) => Number(number));
}

/** Overwrites with zeros each piece of the Rust library's data in which one of these addresses is. */
function dropData(bytes, addresses, map) {
  const segments = dataOf(bytes);
  for (const [, at, length] of map.matchAll(/^ *([\da-f]+) +[\da-f]+ +([\da-f]+) .*\blibcore-.*:\(\.rodata\b.*$/gm)) {
    const [from, to] = [parseInt(at, 16), parseInt(at, 16) + parseInt(length, 16)];
    if (!addresses.some((address) => from <= address && address < to)) continue;
    const { start, address } = segments.find((one) => from >= one.address && to <= one.address + one.length);
    bytes.fill(0, start + from - address, start + to - address);
  }
}

/**
 * Overwrites each panic's place in the source with zeros, which are not stored.
 *
 * A place is a `core::panic::Location`: the address and length of a file's name, the line and the column, 32 bits each.
 */
function dropLocations(bytes) {
  const segments = dataOf(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = [];
  for (const { start, address, length } of segments) {
    for (let at = start + (-address & 3); at + 16 <= start + length; at += 4) {
      const [from, size, line, column] = [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, true));
      const segment = segments.find((one) => from >= one.address && from + size <= one.address + one.length);
      const isPlace = segment && line > 0 && line < 100_000 && column > 0 && column < 1000;
      if (!isPlace) continue;
      const name = bytes.subarray(segment.start + from - segment.address).subarray(0, size);
      if (!/^[\x20-\x7e]+\.rs$/.test(Buffer.from(name).toString('latin1'))) continue;
      names.push(name);
      bytes.fill(0, at, at + 16);
    }
  }
  if (names.length === 0) throw new Error('the module has no places of panics to drop');
  for (const name of names) name.fill(0);
}

/** Overwrites the texts of panics with zeros: none is written any more. */
function dropTexts(bytes) {
  for (const { start, length } of dataOf(bytes)) {
    const data = bytes.subarray(start, start + length);
    for (const { index, 0: text } of Buffer.from(data).toString('latin1').matchAll(TEXTS))
      data.fill(0, index, index + text.length);
  }
}

/**
 * Where the module's data is in its file, and at which address of its memory.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html#data-section
 */
function dataOf(bytes) {
  let at = 8;
  const number = () => {
    for (let [value, shift] = [0, 0]; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const [DATA, ACTIVE, I32_CONST, END] = [11, 0, 0x41, 0x0b];
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = number();
    if (section !== DATA) {
      at += size;
      continue;
    }
    return Array.from({ length: number() }, () => {
      const isPlain = number() === ACTIVE && bytes[at++] === I32_CONST;
      const address = number();
      if (!isPlain || bytes[at++] !== END) throw new Error('the module has data without a fixed address');
      const length = number();
      const start = at;
      at += length;
      return { start, address, length };
    });
  }
  throw new Error('the module has no data');
}
