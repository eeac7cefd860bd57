// npm run surface: writes docs/surface.txt, every name that the package exports with its signature. A diff shows changes to it.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const COMMITTED = 'docs/surface.txt';

/** Ends this script with an error if the committed report is not what the package exports now. */
export async function checkSurface() {
  if ((await readFile(COMMITTED, 'utf8')) === (await surface())) return;
  console.error(`${COMMITTED} is not what the package exports now: npm run surface`);
  process.exit(1);
}

/** The report, from the declarations in pkg/. */
async function surface() {
  const { name, exports } = JSON.parse(await readFile('package.json', 'utf8'));
  const entries = Object.entries(exports).filter(([, { types }]) => types);
  const options = { target: ts.ScriptTarget.ES2022, moduleResolution: ts.ModuleResolutionKind.Bundler };
  const program = ts.createProgram(
    entries.map(([, { types }]) => types),
    { ...options, module: ts.ModuleKind.ESNext, skipLibCheck: true },
  );
  const checker = program.getTypeChecker();
  const parts = entries.map(([path, { types }]) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(types));
    const symbols = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
    return [`# ${name}${path.slice(1)}`, ...symbols.map((symbol) => declared(symbol, checker))].join('\n\n');
  });
  return `${parts.join('\n\n')}\n`;
}

/** All declarations of an exported name, without comments. */
function declared(symbol, checker) {
  const origin = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const printer = ts.createPrinter({ removeComments: true });
  const texts = (origin.declarations ?? []).map((declaration) => {
    // A variable's own node is its name and type only.
    const whole = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return printer.printNode(ts.EmitHint.Unspecified, whole, whole.getSourceFile());
  });
  return texts.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(COMMITTED, await surface());
