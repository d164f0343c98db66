import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** A row of the table: which requirement, and each test as `file: title`. */
type Row = { id: string; tests: { file: string; title: string }[] };

/** The table's last cell lists tests, one a line: `path`: title, as it stands in the source. */
function readRows(markdown: string): Row[] {
  return markdown.split("\n").flatMap((line) => {
    const [id = "", , cell] = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((text) => text.trim());
    if (!cell || !/^F?\d+/.test(id)) return [];
    const tests = cell.split("<br>").map((entry) => {
      const [, file = "", title = ""] = /^`([^`]+)`: (.+)$/.exec(entry.trim()) ?? [];
      return { file, title: title.replaceAll("\\|", "|") };
    });
    return [{ id, tests }];
  });
}

const missing = ({ file, title }: { file: string; title: string }) =>
  file === "" || !existsSync(file) || !readFileSync(file, "utf8").includes(title);

describe("docs/security.md", () => {
  const rows = readRows(readFileSync("docs/security.md", "utf8"));

  test("has a row for a requirement once", () => {
    const ids = rows.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(60);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  test("names only tests that exist", () => {
    const wrong = rows.flatMap(({ id, tests }) =>
      tests.filter(missing).map(({ file, title }) => `${id}: ${file}: ${title}`),
    );
    expect(wrong).toEqual([]);
  });

  test("would notice a test that is gone", () => {
    const [row] = readRows("| 1 | Something | `package.json`: no such title |");
    expect(row?.tests.filter(missing)).toHaveLength(1);
  });
});
