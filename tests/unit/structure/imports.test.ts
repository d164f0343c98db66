import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { violations } from "../../support/import-rules";
import { importsOf, sourceFiles } from "../../support/imports";
import { moduleState } from "../../support/module-state";

const files = sourceFiles();

describe("who may import whom", () => {
  test("every file keeps to the table", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap((file) => violations(importsOf(file)))).toEqual([]);
  });

  // The test of the test: each of these would put a secret or a framework where it must not be.
  test.each([
    ["components/tokens/planted.tsx", `import { seal } from "@/lib/server/crypto";`],
    ["components/tokens/planted.tsx", `import { SignInForm } from "@/components/sign-in/sign-in-form";`],
    ["lib/browser/planted.ts", `import { openDesk } from "../server/services/desk";`],
    ["lib/contracts/planted.ts", `import { useState } from "react";`],
    ["lib/server/services/tokens/planted.ts", `import { cookies } from "next/headers";`],
    ["lib/server/services/tokens/planted.ts", `import { problem } from "../../http/problem";`],
    ["lib/server/portal/planted.ts", `import { tokenById } from "../store/tokens";`],
    ["lib/server/store/planted.ts", `import type { Token } from "@/lib/contracts/tokens";`],
    ["app/api/planted/route.ts", `const store = await import("@/lib/server/store/tokens");`],
    ["app/(desk)/planted/page.tsx", `import { startSimulator } from "@/lib/simulator/start";`],
    ["proxy.ts", `import { readEnv } from "./lib/server/env";`],
  ])("a planted violation in %s is found: %s", (file, text) => {
    expect(violations(importsOf(file, text))).toHaveLength(1);
  });
});

describe("state in modules of the server", () => {
  const server = files.filter((file) => file.startsWith("lib/server/"));

  test("there is none", () => {
    expect(server.flatMap((file) => moduleState(file, readFileSync(file, "utf8")))).toEqual([]);
  });

  test.each(["let count = 0;", "const cache = new Map<string, string>();", "export var x = 1;"])(
    "planted: %s",
    (text) => {
      expect(moduleState("lib/server/planted.ts", text)).toHaveLength(1);
    },
  );

  // A module of the server that forgets the marker could be bundled for the browser, with all it knows.
  test("every module is marked as the server's own", () => {
    const unmarked = server.filter((file) => !readFileSync(file, "utf8").includes(`import "server-only";`));
    expect(unmarked).toEqual([]);
  });
});

// A longer file is two things; a test file may tell a longer story.
test("no file is longer than 250 lines, no test file than 400", () => {
  const most = (file: string) => (file.startsWith("tests/") ? 400 : 250);
  const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > most(file) + 1);
  expect(long).toEqual([]);
});
