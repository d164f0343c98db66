import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import { findProgram, installPackages } from "./programs";

/** Without a window of its own it does the same with two thirds of the work, so it comes first. */
const names = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
];

/** A Chromium to test with: the machine's own, else the one that Playwright installed; undefined where neither is. */
export function findBrowser(): string | undefined {
  const playwrights = chromium.executablePath();
  return findProgram(...names) ?? (existsSync(playwrights) ? playwrights : undefined);
}

/**
 * Finds a Chromium, or installs one: Debian's package where there is a Debian and the right to, else Playwright's.
 * @throws Error where neither can be had.
 */
export function ensureBrowser(): string {
  const found = findBrowser();
  if (found) return found;
  try {
    installPackages("chromium-headless-shell", "fonts-liberation");
  } catch {
    execFileSync("npx", ["playwright", "install", "--only-shell", "chromium"], { stdio: "inherit" });
  }
  const installed = findBrowser();
  if (!installed) throw new Error("no Chromium, and none could be installed");
  return installed;
}

/** Without these Chromium calls its maker at start; a test's browser calls nobody but the desk. */
export const quietBrowser = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
