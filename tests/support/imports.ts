import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

/** One import of one of our own files by another, as paths from the project's root. */
export type Import = { from: string; to: string; typeOnly: boolean };

const root = process.cwd();

/** All of the project's own source files, as paths from its root. */
export function sourceFiles(): string[] {
  const folders = ["app", "components", "lib", "scripts", "tests"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  return [...folders, ...readdirSync(root)]
    .filter((file) => /\.(tsx?|mjs)$/.test(file) && !file.endsWith(".d.ts"))
    .sort();
}

/** The imports of our own files in a source text. Bare packages are left out, but for those named `keep`. */
export function importsOf(file: string, text = readFileSync(join(root, file), "utf8")): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const to = resolveImport(file, specifier);
    if (to) found.push({ from: file, to, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      const typeOnly = ts.isImportDeclaration(node) ? isTypeOnly(node.importClause) : node.isTypeOnly;
      add(node.moduleSpecifier.text, typeOnly);
    } else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      node.arguments[0] &&
      ts.isStringLiteral(node.arguments[0])
    ) {
      add(node.arguments[0].text, false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  return (
    !clause.name &&
    !!names &&
    ts.isNamedImports(names) &&
    names.elements.every((element) => element.isTypeOnly)
  );
}

/** Our own file behind a specifier; a package keeps its name; anything else of Node's own is undefined. */
function resolveImport(file: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  const base = specifier.startsWith("@/")
    ? specifier.slice(2)
    : specifier.startsWith(".")
      ? relative(root, join(root, dirname(file), specifier))
      : undefined;
  if (base === undefined) return `package:${specifier}`;
  for (const ending of ["", ".ts", ".tsx", ".mjs", "/index.ts"]) {
    const candidate = `${base}${ending}`;
    if (existsSync(join(root, candidate)) && statSync(join(root, candidate)).isFile()) return candidate;
  }
  return base;
}
