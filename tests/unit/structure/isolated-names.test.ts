import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { sourceFiles } from "../../support/imports";

/** What gives a name that people or the portal wrote; one that a variable of another name holds is not seen here. */
const named =
  /\b(userName|fullName|label|createdBy|environment|integrationId|purpose|tag|waitingFor|phrase|nameOf\(|ownerNameOf\(|portalName\()/;
const aWord = /\p{L}/u;

/** Names in sentences that are not set apart: in strings by `isolate`, in JSX by `<bdi>`. */
function bare(file: string, text = readFileSync(file, "utf8")): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const check = (name: ts.Node | undefined) => {
    const code = name?.getText() ?? "";
    if (named.test(code) && !code.includes("isolate(")) found.push(`${file}: ${code}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node)) {
      const words = [node.head, ...node.templateSpans.map(({ literal }) => literal)];
      if (words.some((part) => aWord.test(part.text)))
        for (const { expression } of node.templateSpans) check(expression);
    } else if (ts.isJsxElement(node) || ts.isJsxFragment(node)) {
      const isBdi = ts.isJsxElement(node) && node.openingElement.tagName.getText() === "bdi";
      const hasWords = node.children.some((child) => ts.isJsxText(child) && /\S/.test(child.text));
      if (hasWords && !isBdi)
        for (const child of node.children) if (ts.isJsxExpression(child)) check(plain(child.expression));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** An expression that is text; one with elements in it is looked at by those. */
function plain(expression: ts.Expression | undefined): ts.Expression | undefined {
  return expression && /<[a-z>]/i.test(expression.getText()) ? undefined : expression;
}

// A name in Hebrew or Arabic would turn our own words around: what is revoked, whose it is, and "not" among them.
describe("a name in a sentence", () => {
  test("is set apart from it", () => {
    const files = sourceFiles().filter((file) => /^(app|components|lib\/(browser|shared))\//.test(file));
    expect(files.length).toBeGreaterThan(150);
    expect(files.flatMap((file) => bare(file))).toEqual([]);
  });

  test.each([
    `const label = \`Disconnect \${connection.userName}?\`;`,
    `announce(\`Copied \${nameOf(token)}\`);`,
    "const Who = () => <p>Sign in as {user.userName} to go on</p>;",
    "const Where = () => <p><bdi>{token.label}</bdi> on {portalName(token.portal)}</p>;",
  ])("would be found: %s", (text) => expect(bare("planted.tsx", text)).toHaveLength(1));

  test.each([
    `const label = \`Disconnect \${isolate(connection.userName)}?\`;`,
    `const key = \`\${portal} \${userName}\`;`,
    "const Who = () => <p>Sign in as <bdi>{user.userName}</bdi> to go on</p>;",
    "const Who = () => <p>{user.userName}</p>;",
  ])("is not: %s", (text) => expect(bare("planted.tsx", text)).toEqual([]));
});
