import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

/* Pages lead to pages: a link to a file or a heading that is gone leads whoever runs a desk nowhere. */

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  ),
];

/** The name of a heading in an address, as repositories' pages make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

const anchorsOf = (path: string): string[] =>
  [...readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

/** The links of a page to our own files that lead nowhere. */
function broken(page: string, text = readFileSync(page, "utf8")): string[] {
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    const [file = "", anchor] = link.split("#");
    const path = file === "" ? page : join(dirname(page), file);
    if (!existsSync(path)) return true;
    return anchor !== undefined && (statSync(path).isDirectory() || !anchorsOf(path).includes(anchor));
  });
}

describe("links of pages", () => {
  test.each(pages)("%s leads to what there is", (page) => {
    expect(broken(page)).toEqual([]);
  });

  test("would be noticed where one leads nowhere", () => {
    const text =
      "[a](docs/gone.md) [b](docs/operating.md#gone) [c](docs/operating.md#what-to-keep) [d](#use-it)";
    expect(broken("README.md", text)).toEqual(["docs/gone.md", "docs/operating.md#gone"]);
  });
});
