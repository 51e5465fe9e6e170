/**
 * Fails where a file exports what no other file imports, and names both. Files are only parsed, not type-checked: that takes a second. Whoever
 * imports a whole module, at run time too, uses all of its exports.
 */
import ts from 'typescript';

/** What is run, or is there for others to import. */
const ENTRIES = /^(?:src\/(?:index|nox-[a-z]+)|test\/support\/build|[a-z.]+\.config)\.ts$/;

const files = ts.sys.readDirectory('.', ['.ts', '.mjs'], ['node_modules', 'dist', 'dist.*', 'coverage', '.*'], ['src', 'test', 'bench', 'scripts', '*.ts']).map((file) => file.replace(/^\.\//, ''));
const parsed = new Map(files.map((file) => [file, ts.createSourceFile(file, ts.sys.readFile(file) ?? '', ts.ScriptTarget.ES2022, true)]));
const used = new Map(files.map((file) => [file, new Set()]));

for (const [file, source] of parsed) for (const [from, name] of importsOf(source)) used.get(resolved(file, from))?.add(name);
const unused = [...parsed].flatMap(([file, source]) => exportsOf(source).filter(([name]) => !ENTRIES.test(file) && !used.get(file).has(name) && !used.get(file).has('*'))
  .map(([name, at]) => `${file}:${source.getLineAndCharacterOfPosition(at).line + 1}: no other file imports "${name}", so it need not be exported`));
for (const line of unused) process.stderr.write(`${line}\n`);
process.exitCode = unused.length > 0 ? 1 : 0;

/** The file that a relative import means. */
function resolved(importer, from) {
  return new URL(from.replace(/\.js$/, '.ts'), `file:///${importer}`).pathname.slice(1);
}

/** Pairs of a module and a name; the name is `*` for all. */
function importsOf(node) {
  const from = node.moduleSpecifier?.text;
  if (ts.isImportDeclaration(node)) {
    const { name, namedBindings } = node.importClause ?? {};
    const named = namedBindings === undefined ? [] : ts.isNamedImports(namedBindings) ? namesOf(namedBindings) : ['*'];
    return [...(name === undefined ? [] : ['default']), ...named].map((one) => [from, one]);
  }
  if (ts.isExportDeclaration(node)) return from === undefined ? [] : (node.exportClause === undefined ? ['*'] : namesOf(node.exportClause)).map((one) => [from, one]);
  const found = [];
  const whole = ts.isImportTypeNode(node) ? node.argument.literal : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : null;
  if (whole?.text !== undefined) found.push([whole.text, '*']);
  ts.forEachChild(node, (child) => void found.push(...importsOf(child)));
  return found;
}

function namesOf({ elements }) {
  return elements === undefined ? ['*'] : elements.map(({ propertyName, name }) => (propertyName ?? name).text);
}

/** Names that a file exports, and where. */
function exportsOf({ statements }) {
  return statements.flatMap((node) => {
    if (ts.isExportDeclaration(node)) return (node.exportClause?.elements ?? []).map(({ name }) => [name.text, name.getStart()]);
    if (ts.isExportAssignment(node)) return [['default', node.getStart()]];
    if (!(node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (node.modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return [['default', node.getStart()]];
    return (node.declarationList?.declarations ?? [node]).map(({ name }) => [name.text, name.getStart()]);
  });
}
