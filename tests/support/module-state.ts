import ts from "typescript";

/**
 * Module-level state in a source text: variables that can be assigned again, and collections that can be filled.
 * The framework bundles a module several times in one process, so such state exists several times; `once` of
 * `runtime.ts` is the one place for it.
 */
export function moduleState(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const constant = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const filled =
        initializer &&
        ts.isNewExpression(initializer) &&
        /^(Map|Set|WeakMap|WeakSet|Array|AsyncLocalStorage)$/.test(initializer.expression.getText(source)) &&
        !initializer.arguments?.length;
      if (!constant || filled) found.push(`${file}: ${name.getText(source)}`);
    }
  }
  return found;
}
