import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Locked = { version: string; optionalDependencies?: Record<string, string> };

// npm leaves out what it cannot look up while it writes the file, and then `npm ci` refuses the file everywhere.
test("the lock file knows every platform's packages", () => {
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(
    readFileSync("package-lock.json", "utf8"),
  );
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

test("the lock file names no registry", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});
