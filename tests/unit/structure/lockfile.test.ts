import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Locked = { version: string; integrity?: string; optionalDependencies?: Record<string, string> };

// npm leaves out what it cannot look up while it writes the file, and then `npm ci` refuses the file everywhere.
const { packages }: { packages: Record<string, Locked> } = JSON.parse(
  readFileSync("package-lock.json", "utf8"),
);

test("the lock file knows every platform's packages", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

// Native code that is run at install or at the start; without one, whoever serves it chooses what it is.
test("each package is locked with its integrity", () => {
  const entries = Object.entries(packages).filter(([path]) => path !== "");
  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
});

test("the lock file names no registry", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});
