import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@\//, replacement: root },
      // The bundler resolves this marker to an empty module on the server; Vitest is the server here.
      { find: "server-only", replacement: `${root}tests/support/server-only.ts` },
    ],
  },
  test: {
    // Much of the time is spent waiting for timeouts, disks and other processes.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // What a process has once hangs on `globalThis` in any case (runtime.ts); importing all anew for each file takes longer
    // than most files.
    isolate: false,
    // A busy machine may take its time; what is waited for is the same.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["tests/unit/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts"],
          exclude: ["tests/integration/http/**"],
          globalSetup: ["tests/support/global-setup.ts"],
        },
      },
      // What may die or lie in between: the fifteen faults by name, the model, the crash test.
      {
        extends: true,
        test: {
          name: "faults",
          include: ["tests/faults/**/*.test.ts"],
          globalSetup: ["tests/support/global-setup.ts", "tests/support/build.ts"],
        },
      },
      // Against the built app, as a process of its own.
      {
        extends: true,
        test: {
          name: "http",
          include: ["tests/integration/http/**/*.test.ts"],
          globalSetup: ["tests/support/build.ts"],
        },
      },
      // The same, by somebody who means harm.
      {
        extends: true,
        test: {
          name: "attacks",
          include: ["tests/attacks/**/*.test.ts"],
          globalSetup: ["tests/support/global-setup.ts", "tests/support/build.ts"],
        },
      },
    ],
  },
});
