import { defineConfig } from "@playwright/test";
import { findBrowser, quietBrowser } from "./tests/support/browser";

export default defineConfig({
  testDir: "tests/e2e",
  timeout: 180_000,
  // A busy machine may take its time; what is waited for is the same.
  expect: { timeout: 15_000 },
  fullyParallel: false,
  workers: 3,
  forbidOnly: process.env.CI !== undefined,
  // A test that fails once in a while has found something, in the product or in itself.
  retries: 0,
  reporter: [["list"], ["json", { outputFile: ".tmp/playwright.json" }]],
  outputDir: "test-results",
  use: {
    // A picture or a trace of a failure could show a secret: neither is made.
    screenshot: "off",
    trace: "off",
    launchOptions: { executablePath: findBrowser(), args: quietBrowser },
  },
});
