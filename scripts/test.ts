import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { ensureBrowser } from "../tests/support/browser";
import { ensureFrontServers } from "../tests/support/front-servers";

/*
 * `npm test`: everything that must hold, in the order that fails soonest, and at the end how many passed. A check
 * that is no test runner (format, types, build …) counts as one.
 */

type Count = { passed: number; failed: number };

const reports = { vitest: ".tmp/vitest.json", playwright: ".tmp/playwright.json" };

function run(name: string, command: string, ...args: string[]): boolean {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  });
  return status === 0;
}

const check = (ok: boolean): Count => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });

/** A runner's own counts; a runner that failed without saying which test did counts as one failure. */
function counted(ok: boolean, counts: Count | undefined): Count {
  if (!counts) return { passed: 0, failed: 1 };
  return { ...counts, failed: counts.failed === 0 && !ok ? 1 : counts.failed };
}

function readJson(path: string): Record<string, unknown> | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

function vitestCounts(): Count | undefined {
  const report = readJson(reports.vitest);
  return report && { passed: Number(report.numPassedTests), failed: Number(report.numFailedTests) };
}

function playwrightCounts(): Count | undefined {
  const stats = readJson(reports.playwright)?.stats as { expected: number; unexpected: number } | undefined;
  return stats && { passed: stats.expected, failed: stats.unexpected };
}

function main(): number {
  mkdirSync(".tmp", { recursive: true });
  for (const path of Object.values(reports)) rmSync(path, { force: true });
  const counts: Count[] = [
    check(run("format and lint", "npx", "biome", "ci", ".")),
    check(run("route types", "npx", "next", "typegen") && run("types", "npx", "tsc", "--noEmit")),
    check(run("dead code", "npx", "knip")),
  ];
  const built = run("build", "npm", "run", "build");
  counts.push(check(built));
  if (built) {
    console.log("\n── proxies to test with");
    ensureFrontServers();
    const unit = run(
      "unit and integration tests",
      "npx",
      "vitest",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${reports.vitest}`,
    );
    counts.push(counted(unit, vitestCounts()));
    console.log(`\n── browser: ${ensureBrowser()}`);
    const browser = run("browser tests", "npx", "playwright", "test");
    counts.push(counted(browser, playwrightCounts()));
  }
  const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") === 0 ? 0 : 1;
}

process.exit(main());
